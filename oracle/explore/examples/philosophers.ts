import { P } from 'ts-pattern'
import { type Bindings, relation, rule } from '../../../spec/rewrite/index.js'
import type { LivenessProperty, SafetyProperty, System } from '../system.js'

/** Each philosopher thinks, holds the left fork, or eats with both; fork `i` lies to the left of philosopher `i`. */
export type Table = readonly ('thinks' | 'holds' | 'eats')[]

const next = (table: Table, i: number): number => (i + 1) % table.length

const leftIsFree = (table: Table, i: number): boolean =>
  table[(i + table.length - 1) % table.length] !== 'eats'
const rightIsFree = (table: Table, i: number): boolean => table[next(table, i)] === 'thinks'

const those = (table: Table, may: (table: Table, i: number) => boolean): readonly Bindings[] =>
  table.flatMap((_, i) => (may(table, i) ? [{ who: i }] : []))

const becomes = (table: Table, { who }: Bindings, what: Table[number]): Table =>
  table.map((was, i) => (i === who ? what : was))

const about = {
  kind: 'internal',
  cites: [{ source: 'Dijkstra', at: 'EWD 310' }],
  match: P.any,
  when: [],
} as const

const rules = [
  rule<Table>({
    ...about,
    id: 'table.left',
    says: 'A thinking philosopher picks up the left fork.',
    choose: table => those(table, (t, i) => t[i] === 'thinks' && leftIsFree(t, i)),
    rewrite: (table, who) => becomes(table, who, 'holds'),
  }),
  rule<Table>({
    ...about,
    id: 'table.right',
    says: 'With the left fork in hand, the philosopher picks up the right one and eats.',
    choose: table => those(table, (t, i) => t[i] === 'holds' && rightIsFree(t, i)),
    rewrite: (table, who) => becomes(table, who, 'eats'),
  }),
  rule<Table>({
    ...about,
    id: 'table.down',
    says: 'Having eaten, the philosopher puts both forks down.',
    choose: table => those(table, (t, i) => t[i] === 'eats'),
    rewrite: (table, who) => becomes(table, who, 'thinks'),
  }),
]

/**
 * The dining philosophers, all left-handed. A table is possible exactly if the neighbour to the right of an eater has
 * no fork, so there are trace(Mⁿ) = (1+√2)ⁿ + (1−√2)ⁿ of them: 6, 14, 34, 82, 198, … (the companion Pell numbers).
 */
export const philosophers = (n: number): System<Table> => ({
  relation: relation('philosophers', rules),
  initial: [Array<Table[number]>(n).fill('thinks')],
  encode: table => table.map(p => p[0]).join(''),
  decode: name => [...name].map(letter => (letter === 't' ? 'thinks' : letter === 'h' ? 'holds' : 'eats')),
  actor: ({ bindings }) => bindings.who as number,
})

/** Rotated tables are one: the name is the least of all rotations. */
export const roundTable = (n: number): System<Table> => ({
  ...philosophers(n),
  permutesActors: true,
  encode: table => {
    const name = table.map(p => p[0]).join('')
    let first = name
    for (let i = 1; i < n; i++) {
      const turned = name.slice(i) + name.slice(0, i)
      if (turned < first) first = turned
    }
    return first
  },
})

/** Fails in n steps: everyone picks up the left fork. */
export const someoneCanMove: SafetyProperty<Table> = {
  name: 'no-deadlock',
  violated: table => (table.every(p => p === 'holds') ? 'everyone holds a left fork' : null),
}

export const forksAreHeldOnce: SafetyProperty<Table> = {
  name: 'one-hand-a-fork',
  violated: table => {
    const i = table.findIndex((p, at) => p === 'eats' && table[next(table, at)] !== 'thinks')
    return i < 0 ? null : `philosophers ${i} and ${next(table, i)} have the same fork`
  },
}

/** Fails: by deadlock, and by a neighbour who eats again and again, since a fork is free only at times. */
export const holdersEat: LivenessProperty<Table> = {
  name: 'holders-eat',
  pending: table => table.flatMap((p, i) => (p === 'holds' ? [i] : [])),
}

import { type Bindings, relation, rule } from '../../../spec/rewrite/index.js'
import type { LivenessProperty, SafetyProperty, System } from '../system.js'

/** `at`: 0 elsewhere, 1 after the first line of entry, 2 waiting after the second, 3 in the critical section. */
export interface Two {
  readonly at: readonly [number, number]
  readonly flag: readonly [boolean, boolean]
  readonly turn: number
}

const who = (b: Bindings): 0 | 1 => b.who as 0 | 1
const both = (may: (i: 0 | 1) => boolean): readonly Bindings[] =>
  ([0, 1] as const).filter(may).map(i => ({ who: i }))
const put = <T>(pair: readonly [T, T], i: 0 | 1, value: T): readonly [T, T] =>
  i === 0 ? [value, pair[1]] : [pair[0], value]

const about = { kind: 'internal', match: {}, when: [] } as const
const cites = [{ source: 'Peterson', at: 'Myths about the mutual exclusion problem, 1981' }]
const raise = (cells: Two, i: 0 | 1): Two => ({ ...cells, flag: put(cells.flag, i, true) })
const yieldTurn = (cells: Two, i: 0 | 1): Two => ({ ...cells, turn: 1 - i })
const goTo = (cells: Two, i: 0 | 1, at: number): Two => ({ ...cells, at: put(cells.at, i, at) })

/** Peterson's algorithm. With the fault the two lines of entry are swapped, and both processes can enter. */
export const peterson = (fault: 'none' | 'lines swapped'): System<Two> => {
  const [first, second] = fault === 'none' ? [raise, yieldTurn] : [yieldTurn, raise]
  return {
    relation: relation('peterson', [
      rule<Two>({
        ...about,
        cites,
        id: 'peterson.first',
        says: 'The first line of entry.',
        choose: ({ at }) => both(i => at[i] === 0),
        rewrite: (cells, b) => goTo(first(cells, who(b)), who(b), 1),
      }),
      rule<Two>({
        ...about,
        cites,
        id: 'peterson.second',
        says: 'The second line of entry.',
        choose: ({ at }) => both(i => at[i] === 1),
        rewrite: (cells, b) => goTo(second(cells, who(b)), who(b), 2),
      }),
      rule<Two>({
        ...about,
        cites,
        id: 'peterson.enter',
        says: 'A process enters when the other does not want to, or has yielded.',
        choose: ({ at, flag, turn }) => both(i => at[i] === 2 && (!flag[i === 0 ? 1 : 0] || turn === i)),
        rewrite: (cells, b) => goTo(cells, who(b), 3),
      }),
      rule<Two>({
        ...about,
        cites,
        id: 'peterson.leave',
        says: 'A process leaves and lowers its flag.',
        choose: ({ at }) => both(i => at[i] === 3),
        rewrite: (cells, b) => goTo({ ...cells, flag: put(cells.flag, who(b), false) }, who(b), 0),
      }),
    ]),
    ...asSystem,
  }
}

/** A test-and-set lock: exclusive, but one process may find it taken each time it looks. */
export const testAndSet = (): System<Two> => ({
  relation: relation('test-and-set', [
    rule<Two>({
      ...about,
      cites: [],
      id: 'lock.want',
      says: 'A process begins to wait.',
      choose: ({ at }) => both(i => at[i] === 0),
      rewrite: (cells, b) => goTo(cells, who(b), 2),
    }),
    rule<Two>({
      ...about,
      cites: [],
      id: 'lock.take',
      says: 'A waiting process takes the lock when it is free.',
      choose: ({ at }) => both(i => at[i] === 2 && !at.includes(3)),
      rewrite: (cells, b) => goTo(cells, who(b), 3),
    }),
    rule<Two>({
      ...about,
      cites: [],
      id: 'lock.leave',
      says: 'A process leaves and frees the lock.',
      choose: ({ at }) => both(i => at[i] === 3),
      rewrite: (cells, b) => goTo(cells, who(b), 0),
    }),
  ]),
  ...asSystem,
})

const asSystem = {
  initial: [{ at: [0, 0], flag: [false, false], turn: 0 }] as const,
  encode: ({ at, flag, turn }: Two) => `${at.join('')}${Number(flag[0])}${Number(flag[1])}${turn}`,
  actor: ({ bindings }: { readonly bindings: Bindings }) => who(bindings),
}

export const oneAtMostInside: SafetyProperty<Two> = {
  name: 'mutual-exclusion',
  violated: ({ at }) => (at[0] === 3 && at[1] === 3 ? 'both are in the critical section' : null),
}

export const waitingEnds: LivenessProperty<Two> = {
  name: 'waiting-ends',
  pending: ({ at }) => at.flatMap((a, i) => (a === 2 ? [i] : [])),
}

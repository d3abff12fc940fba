import { describe, expect, it } from 'vitest'
import { pathTo, premise, relation, rule, run, search, step } from './index.js'

/** Two jugs that hold 3 and 5 litres, as in the old puzzle: how does one measure 4? */
interface Jugs {
  readonly small: number
  readonly large: number
}
const jug = (id: string, able: (c: Jugs) => boolean, rewrite: (c: Jugs) => Jugs) =>
  rule<Jugs>({
    id,
    kind: 'internal',
    says: id,
    cites: [],
    match: {},
    when: [premise(`can ${id}`, { holds: `one can ${id}`, fails: `one cannot ${id}` }, able)],
    rewrite,
  })
const jugs = relation('jugs', [
  jug(
    'fill small',
    c => c.small < 3,
    c => ({ ...c, small: 3 }),
  ),
  jug(
    'fill large',
    c => c.large < 5,
    c => ({ ...c, large: 5 }),
  ),
  jug(
    'empty small',
    c => c.small > 0,
    c => ({ ...c, small: 0 }),
  ),
  jug(
    'empty large',
    c => c.large > 0,
    c => ({ ...c, large: 0 }),
  ),
  jug(
    'pour small into large',
    c => c.small > 0 && c.large < 5,
    ({ small, large }) => {
      const poured = Math.min(small, 5 - large)
      return { small: small - poured, large: large + poured }
    },
  ),
  jug(
    'pour large into small',
    c => c.large > 0 && c.small < 3,
    ({ small, large }) => {
      const poured = Math.min(large, 3 - small)
      return { small: small + poured, large: large - poured }
    },
  ),
])
const EMPTY: Jugs = { small: 0, large: 0 }

describe('a search of the two jugs', () => {
  // The states are the edge of a 4 by 6 grid: 16. Corners have 2, 3, 3 and 2 ways on, the 12 others 4 each: 58.
  it('visits the 16 states and 58 transitions counted by hand', () => {
    expect(search(jugs, EMPTY)).toMatchObject({
      states: 16,
      transitions: 58,
      complete: true,
      found: null,
      stuck: [],
    })
  })

  it('measures 4 litres in the 6 steps that are known to be the fewest', () => {
    const { found } = search(jugs, EMPTY, { goal: c => c.large === 4 })
    expect(pathTo(found as NonNullable<typeof found>).map(({ rule }) => rule.id)).toEqual([
      'fill large',
      'pour large into small',
      'empty small',
      'pour large into small',
      'fill large',
      'pour large into small',
    ])
  })

  it('gives a path each step of which is one of its state’s successors', () => {
    const { found } = search(jugs, EMPTY, { goal: c => c.small === 1 })
    let at = EMPTY
    for (const taken of pathTo(found as NonNullable<typeof found>)) {
      expect(step(jugs, at)).toContainEqual(taken)
      at = taken.cells
    }
    expect(at.small).toBe(1)
  })

  it('finds the start itself, by no step, where it is the goal', () => {
    const { found } = search(jugs, EMPTY, { goal: c => c.small === 0 })
    expect(pathTo(found as NonNullable<typeof found>)).toEqual([])
  })

  it('says that it is incomplete where the limit ended it, and not where the limit was just enough', () => {
    expect(search(jugs, EMPTY, { limit: 15 })).toMatchObject({ states: 15, complete: false })
    expect(search(jugs, EMPTY, { limit: 16 })).toMatchObject({ states: 16, complete: true })
  })

  it('finds nothing where the goal cannot be reached', () => {
    expect(search(jugs, EMPTY, { goal: c => c.large === 6 })).toMatchObject({ found: null, complete: true })
  })
})

/** Two threads that take two locks in opposite order; `0` holds none, `1` its first, `2` both, and then lets go. */
interface Threads {
  readonly a: number
  readonly b: number
}
const locks = relation<Threads>('locks', [
  ...(['a', 'b'] as const).flatMap(me => {
    const other = me === 'a' ? 'b' : 'a'
    const move = (id: string, able: (c: Threads) => boolean, to: number) =>
      rule<Threads>({
        id: `${me} ${id}`,
        kind: 'internal',
        says: id,
        cites: [],
        match: {},
        when: [premise(id, { holds: id, fails: `not ${id}` }, able)],
        rewrite: c => ({ ...c, [me]: to }),
      })
    return [
      move('takes its first lock', c => c[me] === 0 && c[other] < 2, 1),
      move('takes its second lock', c => c[me] === 1 && c[other] === 0, 2),
      move('lets go', c => c[me] === 2, 0),
    ]
  }),
])

describe('a search of the two locks', () => {
  it('visits 6 states and 8 transitions, and is stuck where each thread holds one lock', () => {
    const result = search(locks, { a: 0, b: 0 })
    expect(result).toMatchObject({ states: 6, transitions: 8, complete: true })
    expect(result.stuck.map(({ cells }) => cells)).toEqual([{ a: 1, b: 1 }])
  })
  it('reaches the stuck state in two steps', () => {
    const [stuck] = search(locks, { a: 0, b: 0 }).stuck
    expect(pathTo(stuck as NonNullable<typeof stuck>).map(({ rule }) => rule.id)).toEqual([
      'a takes its first lock',
      'b takes its first lock',
    ])
  })
  it('is never run to an end where the threads take turns', () => {
    expect(run(locks, { a: 2, b: 0 }, 100)).toBeNull()
  })
})

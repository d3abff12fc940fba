import { beforeEach, describe, expect, it } from 'vitest'
import { coverage, not, premise, type Rule, relation, resetCounts, step } from './index.js'

const large = premise<{ n: number }>(
  'large',
  { holds: 'n is above 10', fails: 'n is not above 10' },
  c => c.n > 10,
)
const even = premise<{ n: number }>('even', { holds: 'n is even', fails: 'n is odd' }, c => c.n % 2 === 0)
const round = premise<{ n: number }>(
  'round',
  { holds: 'n ends in 0', fails: 'n does not end in 0' },
  c => c.n % 10 === 0,
)
const match = { n: 1 as unknown }
const count = (
  id: string,
  when: Rule<{ n: number }>['when'],
  pattern: unknown = {},
): Rule<{ n: number }> => ({
  id,
  kind: 'internal',
  says: id,
  cites: [],
  match: pattern,
  when,
  rewrite: c => c,
})
const family = {}
const rel = relation('counts', [
  count('large even round', [large, even, round], family),
  count('large odd', [large, not(even)], family),
  count('only 1', [even], match),
])
const counts = () =>
  Object.fromEntries(
    coverage(rel).map(({ rule, fired, premises }) => [
      rule,
      [fired, ...premises.map(p => [p.held, p.failed])],
    ]),
  )

describe('coverage', () => {
  beforeEach(() => resetCounts(rel))

  it('begins with nothing, for every rule and premise', () => {
    expect(counts()).toEqual({
      'large even round': [0, [0, 0], [0, 0], [0, 0]],
      'large odd': [0, [0, 0], [0, 0]],
      'only 1': [0, [0, 0]],
    })
  })

  // 4: not large, and no later premise is asked. 11: large, odd. 12: large, even, not round. 20: all three. 1: the
  // pattern of the last rule, and not even.
  it('counts a premise only where every premise before it held, as worked out by hand', () => {
    for (const n of [4, 11, 12, 20, 1]) step(rel, { n })
    expect(counts()).toEqual({
      'large even round': [1, [3, 2], [2, 1], [1, 1]],
      'large odd': [1, [3, 2], [1, 2]],
      'only 1': [0, [0, 1]],
    })
  })

  it('counts a premise and its negation by one test with opposite answers', () => {
    step(rel, { n: 12 })
    expect(counts()['large even round']).toEqual([0, [1, 0], [1, 0], [0, 1]])
    expect(counts()['large odd']).toEqual([0, [1, 0], [0, 1]])
  })

  it('forgets on reset', () => {
    step(rel, { n: 20 })
    resetCounts(rel)
    expect(coverage(rel).every(({ fired }) => fired === 0)).toBe(true)
  })
})

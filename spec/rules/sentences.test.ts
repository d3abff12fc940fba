import { describe, expect, it } from 'vitest'
import { not, type Premise } from '../rewrite/index.js'
import { allRules } from './all.js'
import { stepRules } from './steps/relation.js'

const rules: readonly {
  readonly when: readonly Premise<never>[]
  readonly after?: readonly Premise<never>[]
}[] = [...allRules, ...stepRules]
const premises = [
  ...new Set(rules.flatMap(({ when, after = [] }) => [...when, ...after]).map(p => p.negates ?? p)),
]
/** The premises of which something is not so, by name and sentences. */
const without = (is: (p: Premise<never>) => boolean) =>
  premises.filter(p => !is(p)).map(({ name, says: { holds, fails } }) => ({ name, holds, fails }))

describe('a premise of the rules', () => {
  it('has two sentences that differ, neither with a full stop', () => {
    expect(premises.length).toBeGreaterThan(100)
    expect(without(({ says: { holds, fails } }) => holds !== fails)).toEqual([])
    expect(without(({ says }) => [says.holds, says.fails].every(s => /^\S.*[^.\s]$/.test(s)))).toEqual([])
  })

  it('says in plain words what is so where it fails, instead of denying the sentence of where it holds', () => {
    expect(without(({ says: { holds, fails } }) => !fails.includes(holds))).toEqual([])
  })

  it('is negated by exchanging its two sentences', () => {
    const exchanged = (p: Premise<never>) =>
      not(p).says.holds === p.says.fails && not(p).says.fails === p.says.holds
    expect(without(exchanged)).toEqual([])
  })
})

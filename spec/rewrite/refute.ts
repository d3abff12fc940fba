import { compilePattern } from './pattern.js'
import { judge, type Reason } from './premise.js'
import type { Relation } from './relation.js'
import type { Rule } from './rule.js'

/** Why a rule applies or does not: it fires, its pattern does not match, or its first premise that fails. */
export type Refutation<C> =
  | { readonly rule: Rule<C>; readonly kind: 'applies' }
  | { readonly rule: Rule<C>; readonly kind: 'no match' }
  | { readonly rule: Rule<C>; readonly kind: 'refuted'; readonly reason: Reason; readonly held: number }

/** Decides one rule on one configuration. `held` counts the premises that hold before the one that fails. */
export const refute = <C>(rule: Rule<C>, cells: C): Refutation<C> => {
  if (!compilePattern(rule.match).test(cells)) return { rule, kind: 'no match' }
  for (const [held, premise] of rule.when.entries()) {
    const judgement = judge(premise, cells)
    if (judgement !== true) return { rule, kind: 'refuted', reason: judgement, held }
  }
  return { rule, kind: 'applies' }
}

/** The answer of every rule of the relation whose pattern matches: its family at this label. */
export const refuteFamily = <C>(rel: Relation<C>, cells: C): readonly Refutation<C>[] =>
  rel.rules.map(rule => refute(rule, cells)).filter(answer => answer.kind !== 'no match')

import type { Rule } from '../../spec/rewrite/index.js'
import { allRules } from '../../spec/rules/all.js'
import { stepRules } from '../../spec/rules/steps/relation.js'
import { printCitation, printPlace } from '../reports/explain/citation.js'
import { printPattern } from '../reports/explain/pattern-text.js'
import { rewriteText } from './rewrite-text.js'

/** A premise of a rule, as a sentence. */
export interface PremiseFact {
  readonly name: string
  readonly says: string
}

/** What is written of one rule, as data: what the book shows, and what two versions of the specification are compared by. */
export interface RuleFacts {
  readonly id: string
  readonly family: string
  /** At the grain of whole calls and accesses, or of steps. */
  readonly grain: 'calls' | 'steps'
  readonly kind: string
  readonly special: string | null
  readonly says: string
  readonly matches: string
  readonly when: readonly PremiseFact[]
  readonly after: readonly PremiseFact[]
  /** The rewrite, as its source has it, with the errno where that is given from outside. */
  readonly rewrite: string
  readonly notes: Readonly<Record<string, string>>
  readonly cites: readonly { readonly text: string; readonly opens: string }[]
}

const premises = (list: Rule<never>['when']): readonly PremiseFact[] =>
  list.map(({ name, says }) => ({ name, says: says.holds }))

const factsOf = <C>(rule: Rule<C>, grain: RuleFacts['grain']): RuleFacts => ({
  id: rule.id,
  family: rule.id.split('.')[0] ?? rule.id,
  grain,
  kind: rule.kind,
  special: rule.special ?? null,
  says: rule.says,
  matches: printPattern(rule.match),
  when: premises(rule.when as never),
  after: premises((rule.after ?? []) as never),
  rewrite: rewriteText(rule),
  notes: { ...rule.notes },
  cites: rule.cites.map(cite => ({ text: printCitation(cite), opens: printPlace(cite) ?? '' })),
})

/** Every rule there is, of both grains, in the order of the index. */
export const ruleFacts = (): readonly RuleFacts[] => [
  ...allRules.map(rule => factsOf(rule, 'calls')),
  ...stepRules.map(rule => factsOf(rule, 'steps')),
]

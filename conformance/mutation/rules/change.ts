import { not, type Rule } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'

type StepRule = Rule<StepCells>

/** The rules with one of them gone, or with one of its premises turned into its opposite. */
export interface Change {
  readonly id: string
  readonly kind: 'dropped' | 'negated'
  readonly rules: readonly StepRule[]
}

const negatedAt = (rule: StepRule, place: number): StepRule => ({
  ...rule,
  when: rule.when.map((premise, i) => (i === place ? not(premise) : premise)),
})

/** Every change of the rules that `concerns` picks out. */
export const changesOf = (
  rules: readonly StepRule[],
  concerns: (rule: StepRule) => boolean,
): readonly Change[] =>
  rules.filter(concerns).flatMap(rule => [
    { id: rule.id, kind: 'dropped', rules: rules.filter(r => r !== rule) },
    ...rule.when.map(
      (premise, i): Change => ({
        id: `${rule.id}: ${premise.name}`,
        kind: 'negated',
        rules: rules.map(r => (r === rule ? negatedAt(rule, i) : r)),
      }),
    ),
  ])

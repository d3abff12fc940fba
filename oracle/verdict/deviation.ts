import { type Citation, judge, type Reason, type Rule, refuteFamily } from '../../spec/rewrite/index.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Result, Seen } from '../../spec/terms/result.js'
import { accept, type Effect, effectsOf } from '../check/possible.js'
import { difference, differenceOf } from './difference.js'
import { printResult, printSeen } from './print.js'

/** Why one rule of the family does not explain what was seen. */
export interface RuleRefuted {
  readonly rule: string
  readonly says: string
  /** The rule would give what was seen, if only its premises held. */
  readonly wouldExplain: boolean
  /** How many of its premises hold before the one that fails, and how many fail in all. */
  readonly held: number
  readonly failing: number
  /** The first premise that fails: of the rule, or of the agreement between its result and the answer. */
  readonly reason: Reason
}

/** An answer that no rule explains. */
export interface Deviation {
  readonly line: number | null
  readonly n: number
  readonly tid: number
  readonly operation: Operation
  readonly seen: Seen
  readonly allowed: readonly Result[]
  readonly refuted: readonly RuleRefuted[]
  /** What the answer seen would mean, how it differs from the nearest allowed one, and what should have happened. */
  readonly differences: {
    readonly beforeToSeen: readonly string[]
    readonly seenToAllowed: readonly string[]
    readonly beforeToAllowed: readonly string[]
  }
  readonly cites: readonly Citation[]
}

export interface Disagreement {
  readonly line: number | null
  readonly n: number
  readonly tid: number
  readonly before: Cells
  readonly operation: Operation
  readonly seen: Seen
  readonly allowed: readonly Result[]
}

/** The effect a rule would have if its premises held; null where the rewrite makes no sense without them. */
const effectRegardless = (rule: Rule<Cells>, cells: Cells): Effect | null => {
  try {
    const [choice = {}] = rule.choose?.(cells) ?? [{}]
    const after = rule.rewrite(cells, choice)
    return after.returned === null ? null : { rule, result: after.returned, cells: after }
  } catch {
    return null // outside its premises a rewrite may meet a slot or a space that is not there
  }
}

/** The first premise by which a result and an answer disagree. */
const disagreement = (effect: Effect, seen: Seen): Reason => {
  const cells = { ...effect.cells, seen }
  const [answer] = refuteFamily(answerRelation, cells)
  if (answer?.is === 'refuted') return answer.reason
  return {
    premise: 'same-kind',
    says: 'success is answered by success and failure by failure',
    values: { expected: printResult(effect.result), seen: printSeen(seen) },
  }
}

const refutations = (cells: Cells, operation: Operation, seen: Seen): readonly RuleRefuted[] => {
  const calling = { ...cells, call: operation }
  return refuteFamily(callRelation(cells.params), calling).map(answer => {
    const { rule } = answer
    const effect = effectRegardless(rule, calling)
    const wouldExplain = effect !== null && accept(effect, seen) !== null
    if (answer.is === 'refuted') {
      const { held, reason } = answer
      return { rule: rule.id, says: rule.says, wouldExplain, held, failing: failing(rule, calling), reason }
    }
    const last = rule.when.length
    const reason = effect === null ? judgeLast(rule, calling) : disagreement(effect, seen)
    return { rule: rule.id, says: rule.says, wouldExplain: false, held: last, failing: 0, reason }
  })
}

/** A rule that applies always has an effect; should one not, its last premise is shown. */
const judgeLast = (rule: Rule<Cells>, cells: Cells): Reason => {
  const premise = rule.when.at(-1)
  const judgement = premise === undefined ? true : judge(premise, cells)
  return judgement === true ? { premise: 'applies', says: 'the rule applies', values: {} } : judgement
}

/** How many premises of a rule fail; one that makes no sense without those before it counts as failing. */
const failing = (rule: Rule<Cells>, cells: Cells): number =>
  rule.when.filter(premise => {
    try {
      return !premise.holds(cells)
    } catch {
      return true // it asks of a slot or a space that a premise before it says is there
    }
  }).length

/** Rules that would explain the answer first, the nearest to holding before the others. */
const byNearness = (a: RuleRefuted, b: RuleRefuted): number =>
  Number(b.wouldExplain) - Number(a.wouldExplain) || a.failing - b.failing || b.held - a.held

/** Everything that can be said of an answer no rule explains. */
export const explainDeviation = (found: Disagreement): Deviation => {
  const { before, operation, seen, allowed } = found
  const calling = { ...before, call: operation }
  const refuted = refutations(before, operation, seen).toSorted(byNearness)
  const family = callRelation(before.params).rules
  const ruleOf = (id: string | undefined) => family.find(rule => rule.id === id)
  const nearest = refuted.find(r => r.wouldExplain)
  const meant = nearest === undefined ? null : effectRegardless(ruleOf(nearest.rule) as Rule<Cells>, calling)
  const effects = effectsOf(before, operation)
  const [effect] = effects
  const lines = (after: Cells | null): readonly string[] => {
    const changes = differenceOf(before, after)
    return after === null
      ? ['no rule of the family gives such an answer']
      : changes.length === 0
        ? ['nothing changes']
        : changes
  }
  return {
    line: found.line,
    n: found.n,
    tid: found.tid,
    operation,
    seen,
    allowed,
    refuted,
    differences: {
      beforeToSeen: lines(meant?.cells ?? null),
      seenToAllowed: [
        `seen ${printSeen(seen)}, nearest allowed ${allowed.map(printResult)[0] ?? 'nothing'}`,
        ...(meant === null || effect === undefined ? [] : difference(meant.cells, effect.cells)),
      ],
      beforeToAllowed: lines(effect?.cells ?? null),
    },
    cites: effects.flatMap(e => e.rule.cites),
  }
}

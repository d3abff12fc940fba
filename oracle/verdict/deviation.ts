import type { Citation, Rule } from '../../spec/rewrite/index.js'
import { callRelation } from '../../spec/rules/calls.js'
import { fetchPathRelation } from '../../spec/rules/fetch-path.js'
import type { Cells } from '../../spec/terms/cells.js'
import { isOfFetchPath, type Operation } from '../../spec/terms/operation.js'
import type { Result, Seen } from '../../spec/terms/result.js'
import { effectsOf } from '../effects.js'
import { difference, differenceOf } from './difference.js'
import { printResult, printSeen } from './print.js'
import { byNearness, effectRegardless, type RuleRefuted, refutations } from './refutation.js'

export type { RuleRefuted } from './refutation.js'

/** An answer that no rule explains. */
export interface Deviation {
  readonly line: number | null
  readonly n: number
  readonly tid: number
  readonly operation: Operation
  readonly seen: Seen
  /** The rule that the implementation recorded it had followed, if it did. */
  readonly chosen: string | null
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
  readonly chosen: string | null
}

/** Everything that can be said of an answer no rule explains. */
export const explainDeviation = (found: Disagreement): Deviation => {
  const { before, operation, seen, allowed, chosen } = found
  const calling = { ...before, call: operation }
  const refuted = refutations(before, operation, seen, chosen).toSorted(byNearness(chosen))
  const family = isOfFetchPath(operation) ? fetchPathRelation.rules : callRelation(before.params).rules
  const ruleOf = (id: string | undefined) => family.find(rule => rule.id === id)
  const nearest = refuted.find(r => r.wouldExplain)
  const meant =
    nearest === undefined || isOfFetchPath(operation)
      ? null
      : effectRegardless(ruleOf(nearest.rule) as Rule<Cells>, calling)
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
    chosen,
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

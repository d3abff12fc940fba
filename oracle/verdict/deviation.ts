import type { Citation, Rule } from '../../spec/rewrite/index.js'
import { callRelation } from '../../spec/rules/calls.js'
import { fetchPathRelation } from '../../spec/rules/fetch-path.js'
import type { Cells } from '../../spec/terms/cells.js'
import { isOfFetchPath, type Operation } from '../../spec/terms/operation.js'
import type { Result, Seen } from '../../spec/terms/result.js'
import { effectsOf } from '../effects.js'
import { difference } from './difference.js'
import { printResult, printSeen } from './print.js'
import { byNearness, effectRegardless, type RuleRefuted, refutations } from './refutation.js'

export type { RuleRefuted } from './refutation.js'

/** An answer that no rule explains, and why. */
export interface Deviation {
  /** The line of the answer in its file, from 1; null where there is no file. */
  readonly line: number | null
  /** The operation's number in the trace, and its thread. */
  readonly n: number
  readonly tid: number
  readonly operation: Operation
  /** The answer. */
  readonly seen: Seen
  /** The rule that the implementation says it followed (a `choice` record); null where it says nothing. */
  readonly chosen: string | null
  /** The results that were allowed instead; at least one. */
  readonly allowed: readonly Result[]
  /** Every rule of the family, the nearest to explaining the answer first. */
  readonly refuted: readonly RuleRefuted[]
  /**
   * As lines of text: what the answer implies changed, how that differs from the nearest allowed result, what should
   * have.
   */
  readonly differences: {
    readonly beforeToSeen: readonly string[]
    readonly seenToAllowed: readonly string[]
    readonly beforeToAllowed: readonly string[]
  }
  /** Sources of the rules that apply. */
  readonly cites: readonly Citation[]
}

/** An answer that no rule explains, with the machine on which the operation took effect. */
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

/**
 * Explains an answer that no rule allows: refutes every rule of the family by the first premise that fails, and
 * compares what the answer implies with what was allowed.
 */
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
    if (after === null) return ['no rule of the family gives such an answer']
    const changes = difference(before, after)
    return changes.length === 0 ? ['nothing changes'] : changes
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

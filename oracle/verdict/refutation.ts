import { judge, type Reason, type Rule, refuteFamily } from '../../spec/rewrite/index.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import { fetchPathRelation } from '../../spec/rules/fetch-path.js'
import { type Path, pathsFrom, waysOf } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import {
  betweenOf,
  type FetchPathOperation,
  isOfFetchPath,
  type Operation,
} from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Slot } from '../../spec/terms/slot.js'
import { accept, type Effect } from '../effects.js'
import { printResult, printSeen } from './print.js'

/** Why one rule of the family does not explain what was seen. */
export interface RuleRefuted {
  /** The rule's id. */
  readonly rule: string
  /** The rule's sentence. */
  readonly says: string
  /** Whether the rule would give the answer seen if its premises held. */
  readonly wouldExplain: boolean
  /** How many of its premises fail; 0 where the rule applies and gives another answer. */
  readonly failing: number
  /** How many premises there are from the first that fails. */
  readonly left: number
  /** The first premise that fails: of the rule, or of the rules that compare its result with the answer. */
  readonly reason: Reason
}

/** Whether a slot has an id and a place: a rewrite whose premises fail may make one of undefined values. */
const isSlot = ({ id, base, npages, hva }: Slot): boolean =>
  [id, base, npages, hva].every(Number.isSafeInteger)

const isMachine = ({ spaces }: Cells): boolean => spaces.every(({ slots }) => slots.every(isSlot))

/** The effect of a rule whatever its premises say; null where the rewrite makes no machine without them. */
export const effectRegardless = (rule: Rule<Cells>, cells: Cells): Effect | null => {
  try {
    const [choice = {}] = rule.choose?.(cells) ?? [{}]
    const after = rule.rewrite(cells, choice)
    return after.returned === null || !isMachine(after)
      ? null
      : { rule, result: after.returned, cells: after }
  } catch {
    return null // a rewrite whose premises fail may find no slot or no space
  }
}

/** Why a rule that applies does not explain the answer: the premise on which its result and the answer disagree. */
const disagreement = (effect: Effect, seen: Seen, chosen: string | null): Reason => {
  if (accept(effect, seen) !== null) {
    const values = { recorded: chosen, rule: effect.rule.id }
    return { premise: 'as-recorded', says: 'the rule that was recorded is another one', values }
  }
  const cells = { ...effect.cells, seen }
  const [answer] = refuteFamily(answerRelation, cells)
  if (answer?.kind === 'refuted') return answer.reason
  return {
    premise: 'same-kind',
    says: 'the answer is of another kind than what the rule gives',
    values: { expected: printResult(effect.result), seen: printSeen(seen) },
  }
}

/** Why each rule of the family does not explain the answer seen. */
export const refutations = (
  cells: Cells,
  operation: Operation,
  seen: Seen,
  chosen: string | null,
): readonly RuleRefuted[] => {
  if (isOfFetchPath(operation)) return refutationsOnPath(cells, operation, seen)
  const calling = { ...cells, call: operation }
  return refuteFamily(callRelation(cells.params), calling).map(answer => {
    const { rule } = answer
    const effect = effectRegardless(rule, calling)
    const wouldExplain = effect !== null && accept(effect, seen) !== null
    if (answer.kind === 'refuted') {
      const { held, reason } = answer
      const left = rule.when.length - held
      return { rule: rule.id, says: rule.says, wouldExplain, failing: failing(rule, calling), left, reason }
    }
    const reason = effect === null ? judgeLast(rule, calling) : disagreement(effect, seen, chosen)
    return { rule: rule.id, says: rule.says, wouldExplain: false, failing: 0, left: 0, reason }
  })
}

/** How an operation would end if a rule were applied to this state, whatever its premises say. */
const endsBy = (rule: Rule<Cells>, cells: Cells): readonly Effect[] => {
  try {
    const [choice = {}] = rule.choose?.(cells) ?? [{}]
    return pathsFrom(rule.rewrite(cells, choice)).flatMap(({ cells: after }) =>
      after.returned === null ? [] : [{ rule, result: after.returned, cells: after }],
    )
  } catch {
    return [] // outside its premises a rule may lead where there is no slot, entry or piece
  }
}

/** Every rule that is refuted at some step of an access by linear address, by its first premise that fails there. */
const refutationsOnPath = (
  cells: Cells,
  operation: FetchPathOperation,
  seen: Seen,
): readonly RuleRefuted[] => {
  const paths = waysOf(cells, operation)
  const [path] = paths
  const refuted = new Map<string, RuleRefuted>()
  for (const state of path?.states ?? []) {
    if (state.returned !== null) break
    for (const answer of refuteFamily(fetchPathRelation, state)) {
      const { rule } = answer
      if (answer.kind !== 'refuted' || refuted.get(rule.id)?.wouldExplain === true) continue
      const wouldExplain = endsBy(rule, state).some(effect => accept(effect, seen) !== null)
      const left = rule.when.length - answer.held
      const fails = failing(rule, state)
      refuted.set(rule.id, {
        rule: rule.id,
        says: rule.says,
        wouldExplain,
        failing: fails,
        left,
        reason: answer.reason,
      })
    }
  }
  const [effect] = path === undefined ? [] : endsOfPath(path)
  const reason = effect === undefined ? null : disagreement(effect, seen, null)
  const [last, before] = (path?.rules ?? []).toReversed()
  // The last rule only ends the access with a fault, a failure or data; the rule before it decided which.
  const deciding = [before, last].filter(rule => rule !== undefined)
  const decided =
    reason === null
      ? []
      : deciding.map(({ id, says }) => ({ rule: id, says, wouldExplain: false, failing: 0, left: 0, reason }))
  if (betweenOf(operation) === undefined) return [...decided, ...refuted.values()]
  return [
    ...paths.flatMap(one => notThisPath(one, seen)),
    ...decided,
    ...[...refuted.values()].map(rule => ({ ...rule, wouldExplain: false })),
  ]
}

/**
 * Where slots change in the middle of a fetch, the first rule of a path says which of them the fetch observes. It is
 * refuted by the result of its path: a later rule would explain only part of the answer.
 */
const notThisPath = (path: Path, seen: Seen): readonly RuleRefuted[] => {
  const [first] = path.rules
  const [effect] = endsOfPath(path)
  if (first === undefined || effect === undefined) return []
  const reason = disagreement(effect, seen, null)
  return [{ rule: first.id, says: first.says, wouldExplain: false, failing: 0, left: 0, reason }]
}

const endsOfPath = ({ rules, cells }: Path): readonly Effect[] => {
  const rule = rules.at(-1)
  return rule === undefined || cells.returned === null ? [] : [{ rule, result: cells.returned, cells }]
}

/** A rule that applies always has an effect; if one should not, its last premise is shown. */
const judgeLast = (rule: Rule<Cells>, cells: Cells): Reason => {
  const premise = rule.when.at(-1)
  const judgement = premise === undefined ? true : judge(premise, cells)
  return judgement === true ? { premise: 'applies', says: 'the rule applies', values: {} } : judgement
}

/** How many premises of a rule fail; one that cannot be evaluated, because one before it fails, counts as failing. */
const failing = (rule: Rule<Cells>, cells: Cells): number =>
  rule.when.filter(premise => {
    try {
      return !premise.holds(cells)
    } catch {
      return true // it reads a slot or a space whose existence is a premise before it
    }
  }).length

/** Order: the recorded rule, then the rules that would explain the answer, then by fewest failing premises. */
export const byNearness =
  (chosen: string | null) =>
  (a: RuleRefuted, b: RuleRefuted): number =>
    Number(b.rule === chosen) - Number(a.rule === chosen) ||
    Number(b.wouldExplain) - Number(a.wouldExplain) ||
    a.failing - b.failing ||
    a.left - b.left

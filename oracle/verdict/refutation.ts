import { judge, type Reason, type Rule, refuteFamily } from '../../spec/rewrite/index.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import { fetchPathRelation } from '../../spec/rules/fetch-path.js'
import { type Path, pathsFrom, waysOf } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import { type FetchPathOperation, isOfFetchPath, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Slot } from '../../spec/terms/slot.js'
import { accept, type Effect } from '../effects.js'
import { printResult, printSeen } from './print.js'

/** Why one rule of the family does not explain what was seen. */
export interface RuleRefuted {
  readonly rule: string
  readonly says: string
  /** The rule would give what was seen, if only its premises held. */
  readonly wouldExplain: boolean
  /** How many of its premises fail, and how many there are from the first that does. */
  readonly failing: number
  readonly left: number
  /** The first premise that fails: of the rule, or of the agreement between its result and the answer. */
  readonly reason: Reason
}

/** A rewrite outside its premises may also make a slot out of none, without a place of its own. */
const isSlot = ({ id, base, npages, hva }: Slot): boolean =>
  [id, base, npages, hva].every(Number.isSafeInteger)

const isMachine = ({ spaces }: Cells): boolean => spaces.every(({ slots }) => slots.every(isSlot))

/** The effect a rule would have if its premises held; null where the rewrite makes no sense without them. */
export const effectRegardless = (rule: Rule<Cells>, cells: Cells): Effect | null => {
  try {
    const [choice = {}] = rule.choose?.(cells) ?? [{}]
    const after = rule.rewrite(cells, choice)
    return after.returned === null || !isMachine(after)
      ? null
      : { rule, result: after.returned, cells: after }
  } catch {
    return null // outside its premises a rewrite may meet a slot or a space that is not there
  }
}

/** Why a rule that applies is not what happened: by which premise its result and the answer disagree. */
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

/** The answer of every rule of the family to what was seen. */
export const refutations = (
  cells: Cells,
  operation: Operation,
  seen: Seen,
  chosen: string | null,
): readonly RuleRefuted[] => {
  if (isOfFetchPath(operation)) return refutationsOnTheWay(cells, operation, seen)
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

/** How an operation would end, had a rule been followed where the way stands, whatever its premises say. */
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

/** Every rule that was refuted on the way of an address, at the step where it was, by its first premise that fails. */
const refutationsOnTheWay = (
  cells: Cells,
  operation: FetchPathOperation,
  seen: Seen,
): readonly RuleRefuted[] => {
  const ways = waysOf(cells, operation)
  const [way] = ways
  const refuted = new Map<string, RuleRefuted>()
  for (const state of way?.states ?? []) {
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
  const [effect] = way === undefined ? [] : endsOfWay(way)
  const reason = effect === undefined ? null : disagreement(effect, seen, null)
  const [last, before] = (way?.rules ?? []).toReversed()
  // A fault, a failure and data are told by one rule, and decided by the one before it.
  const deciding = [before, last].filter(rule => rule !== undefined)
  const decided =
    reason === null
      ? []
      : deciding.map(({ id, says }) => ({ rule: id, says, wouldExplain: false, failing: 0, left: 0, reason }))
  if (operation.op !== 'fetch-instruction' || operation.between === undefined)
    return [...decided, ...refuted.values()]
  return [
    ...ways.flatMap(one => notThisWay(one, seen)),
    ...decided,
    ...[...refuted.values()].map(rule => ({ ...rule, wouldExplain: false })),
  ]
}

/**
 * Where slots change in the middle of a fetch, its first rule says which of them it sees, and it is refuted by what
 * comes of that. No rule further on would explain what was seen of some and of others.
 */
const notThisWay = (way: Path, seen: Seen): readonly RuleRefuted[] => {
  const [first] = way.rules
  const [effect] = endsOfWay(way)
  if (first === undefined || effect === undefined) return []
  const reason = disagreement(effect, seen, null)
  return [{ rule: first.id, says: first.says, wouldExplain: false, failing: 0, left: 0, reason }]
}

const endsOfWay = ({ rules, cells }: Path): readonly Effect[] => {
  const rule = rules.at(-1)
  return rule === undefined || cells.returned === null ? [] : [{ rule, result: cells.returned, cells }]
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

/**
 * The rule that was recorded first, then those that would explain the answer, the nearest to holding before the
 * others.
 */
export const byNearness =
  (chosen: string | null) =>
  (a: RuleRefuted, b: RuleRefuted): number =>
    Number(b.rule === chosen) - Number(a.rule === chosen) ||
    Number(b.wouldExplain) - Number(a.wouldExplain) ||
    a.failing - b.failing ||
    a.left - b.left

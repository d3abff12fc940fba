import { type Rule, step } from '../spec/rewrite/index.js'
import { waysOfAccess } from '../spec/rules/amid.js'
import { answerRelation, callRelation } from '../spec/rules/calls.js'
import { type Path, waysOf } from '../spec/rules/paths.js'
import type { Cells } from '../spec/terms/cells.js'
import {
  betweenOf,
  type FetchPathOperation,
  isOfFetchPath,
  isPhysical,
  type Operation,
} from '../spec/terms/operation.js'
import type { Result, Seen } from '../spec/terms/result.js'

/** One thing an operation may do: the rule that applies, the result it gives and the machine after it. */
export interface Effect {
  readonly rule: Rule<Cells>
  /** Every rule applied in order, where the operation takes more than one step: accesses by linear address. */
  readonly rules?: readonly Rule<Cells>[]
  readonly result: Result
  readonly cells: Cells
}

// Written out field by field, as rules do it (`answer`): one layout in memory, and no generic copy on the way in.
const having = (
  cells: Cells,
  call: Operation | null,
  returned: Result | null,
  seen: Seen | null = null,
): Cells => ({
  params: cells.params,
  spaces: cells.spaces,
  protect: cells.protect,
  ring: cells.ring,
  memfds: cells.memfds,
  vcpus: cells.vcpus,
  memory: cells.memory,
  host: cells.host,
  call,
  returned,
  seen,
})

/** The machine with no operation in progress and no answer. */
export const atRest = (cells: Cells): Cells => having(cells, null, null)

/**
 * Every effect that the specification allows an operation on a machine with no other operation in progress. A call
 * that is refused has the effect of failing, so the list is empty only if the specification lacks a rule.
 *
 * @example
 * const cells = initialMachine(parametersOf({}))
 * effectsOf(cells, { op: 'create-vcpu', vcpu: 0 }).map(({ rule }) => rule.id)
 */
export const effectsOf = (cells: Cells, operation: Operation): readonly Effect[] =>
  isOfFetchPath(operation) ? waysTo(cells, operation) : effectsAtOnce(cells, operation)

/** What an operation of one rule may do; an access by frame also while another thread changes slots. */
const effectsAtOnce = (cells: Cells, operation: Operation): readonly Effect[] => {
  const between = betweenOf(operation)
  if (between === undefined || !isPhysical(operation)) return effectsAlone(cells, operation)
  return waysOfAccess(cells, operation, { ...between, follows: null }).map(({ rule, cells: after }) => ({
    rule,
    result: after.returned as Result, // a way ends where there is an answer
    cells: after,
  }))
}

/** Of several rules applied in order, the last decided the result. */
export const effectOf = ({ rules, cells: after }: Path): Effect => ({
  rule: rules[rules.length - 1] as Rule<Cells>, // a way has at least one step
  rules,
  result: after.returned as Result, // a way ends where there is an answer
  cells: having(after, null, after.returned),
})

const waysTo = (cells: Cells, operation: FetchPathOperation): readonly Effect[] =>
  waysOf(cells, operation).map(effectOf)

const effectsAlone = (cells: Cells, operation: Operation): readonly Effect[] =>
  step(callRelation(cells.params), having(cells, operation, null)).map(({ rule, cells: after }) => ({
    rule,
    result: after.returned as Result, // every rule of the relation ends in an answer; a test holds them to it
    cells: after,
  }))

/**
 * The machine after an effect, once the answer seen is known; null where the result of the effect does not allow it. An
 * answer may settle what the result left open, such as whether a page that was only read is reported dirty.
 */
export const accept = ({ cells, result }: Effect, seen: Seen): Cells | null =>
  step(answerRelation, having(cells, null, result, seen))[0]?.cells ?? null

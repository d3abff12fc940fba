import { checker } from '../../oracle/check/checker.js'
import { accept, type Effect, effectsOf } from '../../oracle/effects.js'
import type { Config } from '../../oracle/wire/config.js'
import { parametersOf } from '../../oracle/wire/config.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Result, Seen } from '../../spec/terms/result.js'
import { recordsOf } from '../targets/in-process.js'
import type { Fault, Ran } from './run.js'
import { disagreement, signatureOf } from './signature.js'

/** The first place where a run is not as the specification says. */
export interface Failing {
  readonly signature: string
  /** Index of the operation at fault. */
  readonly at: number
  readonly fault: Fault | null
}

/** Effects known from drawing the sequence; absent ones are worked out. */
type Known = readonly (readonly Effect[])[] | null

/** The same message of two runs that differ in a number or an address. */
export const unnumbered = (message: string): string => message.replace(/0x[0-9a-f]+|\d+/gi, '#').slice(0, 120)

const failedBy = (fault: Fault, operation: Operation | undefined, at: number): Failing => {
  const op = fault.kind === 'threw' && fault.opening ? 'opening' : (operation?.op ?? 'end')
  const how =
    fault.kind === 'hung'
      ? fault.kind
      : `${fault.kind === 'threw' ? 'threw ' : ''}${unnumbered(fault.message)}`
  return { signature: `${op}: ${how}`, at, fault }
}

const stuck = (operation: Operation, at: number): Failing => ({
  signature: `${operation.op}: no rule of the specification applies`,
  at,
  fault: null,
})

const deviates = (
  operation: Operation,
  effect: Effect | undefined,
  result: Result,
  seen: Seen,
  at: number,
): Failing => ({
  signature: signatureOf(operation, effect?.rule.id ?? 'any', disagreement(result, seen)),
  at,
  fault: null,
})

/** Judges a run to which the specification allows more than one effect: by the set-of-states checker, record by record. */
const judgeMany = (config: Config, ops: readonly Operation[], answers: readonly Seen[]): Failing | null => {
  const check = checker(parametersOf(config))
  for (const [at, operation] of ops.entries()) {
    const seen = answers[at]
    if (seen === undefined) return null
    const [before] = check.possible()
    for (const record of recordsOf(at, 0, operation, seen)) {
      const found = check.record(record, null)
      const [effect] = found === null || before === undefined ? [] : effectsOf(before, operation)
      if (found !== null && effect !== undefined) return deviates(operation, effect, effect.result, seen, at)
    }
    if (check.verdict().is === 'spec-error') return stuck(operation, at)
  }
  return null
}

/**
 * Judges a run. As long as the specification allows one effect only, each answer is held against it at once, which is
 * what the checker would do with a set of one; where it allows more, the checker itself takes over.
 */
const judgeRun = (config: Config, ops: readonly Operation[], ran: Ran, known: Known): Failing | null => {
  const params = parametersOf(config)
  const { answers, fault } = ran
  const many = () => judgeMany(config, ops, answers) ?? atFault()
  const atFault = () => {
    if (fault === null) return null
    const at = fault.kind === 'nonsense' ? fault.after : answers.length
    return failedBy(fault, ops[at], at)
  }
  if (!params.exact) return many()
  let cells: Cells = known === null ? initialMachine(params) : (null as never) // known effects carry their cells
  for (const [at, seen] of answers.entries()) {
    const operation = ops[at] as Operation // a run answers no more than it was asked
    const effects = known?.[at] ?? effectsOf(cells, operation)
    const [effect, other] = effects
    if (effect === undefined) return stuck(operation, at)
    if (other !== undefined) return many()
    const after = accept(effect, seen)
    if (after === null) return deviates(operation, effect, effect.result, seen, at)
    cells = after
  }
  return atFault()
}

/** What of an operation a target may have done more exactly than it was asked: who made an access, on what processor. */
const isExacter = (asked: Operation, done: Operation): boolean =>
  ('by' in done && (!('by' in asked) || asked.by !== done.by)) ||
  (done.op === 'registers' && done.cpu !== undefined && asked.op === 'registers' && asked.cpu !== done.cpu)

/** The operations as they were done; the same list where that is how they were asked. */
const doneOf = (ops: readonly Operation[], { performed = [] }: Ran): readonly Operation[] => {
  const at = performed.map((done, i) => isExacter(ops[i] as Operation, done)) // no more than were asked
  return at.includes(true) ? ops.map((o, i) => (at[i] === true ? (performed[i] ?? o) : o)) : ops
}

/** Judges a run. Answers that cannot be judged are a fault, which costs this sequence and not the run of the fuzzer. */
export const judge = (config: Config, ops: readonly Operation[], ran: Ran, known: Known): Failing | null => {
  const done = doneOf(ops, ran)
  try {
    return judgeRun(config, done, ran, done === ops ? known : null)
  } catch (error) {
    const message = `its answers could not be judged: ${String(error)}`
    return failedBy({ kind: 'nonsense', message, after: 0 }, ops[0], 0)
  }
}

import { checker } from '../../oracle/check/checker.js'
import { headerOf, writeRecord } from '../../oracle/trace.js'
import { renderDeviation } from '../../oracle/verdict/render.js'
import { type Config, parametersOf } from '../../oracle/wire/config.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import type { Operation } from '../../spec/terms/operation.js'
import { recordsOf } from '../targets/in-process.js'
import type { Hello } from '../targets/target.js'
import { describeFault, type Ran } from './run.js'

/** The records of a run, numbered from 1; an operation that was begun and not answered stands last. */
const recordsOfRun = (ops: readonly Operation[], { answers }: Ran): readonly TraceRecord[] =>
  ops.slice(0, answers.length + 1).flatMap((operation, i) => {
    const seen = answers[i]
    return seen === undefined
      ? recordsOf(i + 1, 0, operation, { is: 'ok' }).slice(0, 1)
      : recordsOf(i + 1, 0, operation, seen)
  })

/** A run as a trace: what was asked, what the target answered, and nothing that has to be looked up elsewhere. */
export const traceOf = (
  { name, version, features }: Hello,
  config: Config,
  ops: readonly Operation[],
  ran: Ran,
): string => {
  const { profile, ...rest } = config
  const header = headerOf({
    ...(profile === undefined ? {} : { profile }),
    config: rest,
    target: { name, version, features },
  })
  const ending: TraceRecord =
    ran.fault === null ? { ev: 'end' } : { ev: 'note', text: describeFault(ran.fault) }
  return `${[header, ...recordsOfRun(ops, ran), ending].map(writeRecord).join('\n')}\n`
}

/** Why the run deviates, for people. */
export const explain = (config: Config, ops: readonly Operation[], ran: Ran): string => {
  const check = checker(parametersOf(config))
  for (const [i, record] of recordsOfRun(ops, ran).entries()) {
    const deviation = check.record(record, i + 2) // the header stands on line 1
    if (deviation !== null) return renderDeviation(deviation)
  }
  if (ran.fault !== null) return describeFault(ran.fault)
  return check.verdict().remarks.join('; ')
}

import type { Parameters } from '../../spec/terms/parameters.js'
import type { Trace } from '../trace.js'
import type { Verdict } from '../verdict/verdict.js'
import { parametersOf } from '../wire/config.js'
import type { Header } from '../wire/record.js'
import { checker } from './checker.js'

export type { Verdict, VerdictIs } from '../verdict/verdict.js'
export { type Checker, checker } from './checker.js'

/** The parameters a trace's header gives, defaults for the rest. */
export const parametersOfHeader = (header: Header): Parameters =>
  parametersOf({
    ...(header.profile === undefined ? {} : { profile: header.profile }),
    ...(header.config ?? {}),
  })

/** Judges a whole trace. */
export const checkTrace = (trace: Trace): Verdict => {
  const check = checker(parametersOfHeader(trace.header))
  for (const { record, line } of trace.lines) check.record(record, line)
  return check.verdict()
}

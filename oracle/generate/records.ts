import { type Call, isAccess, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { checkTrace } from '../check/checker.js'
import { headerOf, type Trace } from '../trace.js'
import type { Verdict } from '../verdict/verdict.js'
import type { Config } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'

/** The record with which an operation begins. */
export const begins = (n: number, operation: Operation, tid = 0): TraceRecord =>
  isAccess(operation)
    ? { ev: 'access', n, tid, operation }
    : { ev: 'call', n, tid, operation: operation as Call } // what is no access is a call

/** The record with which it ends. */
export const ends = (of: number, seen: Seen): TraceRecord =>
  seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen }

/** The two records of an operation that no other overlaps. */
export const whole = (n: number, operation: Operation, seen: Seen): readonly TraceRecord[] => [
  begins(n, operation),
  ends(n, seen),
]

/** A `choice` record: the operation in progress follows this rule. */
export const follows = (of: number, rule: string): TraceRecord => ({
  ev: 'choice',
  of,
  what: 'rule',
  value: rule,
})

export const complete: TraceRecord = { ev: 'end' }

/** A trace of a header and these records; an `end` record is not added. */
export const traceOf = (
  config: Config,
  ...records: readonly (TraceRecord | readonly TraceRecord[])[]
): Trace => ({
  header: headerOf({ config }),
  lines: records.flat().map((record, i) => ({ line: i + 2, record })),
})

/** The verdict on a complete trace of these records. */
export const judged = (
  config: Config,
  ...records: readonly (TraceRecord | readonly TraceRecord[])[]
): Verdict => checkTrace(traceOf(config, ...records, complete))

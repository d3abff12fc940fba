import { checker } from '../../oracle/check/checker.js'
import { headerOf, writeRecord } from '../../oracle/trace.js'
import { printOperation, printSeen } from '../../oracle/verdict/print.js'
import { renderVerdict } from '../../oracle/verdict/render.js'
import { parametersOf } from '../../oracle/wire/config.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Allowed, Case } from '../cases/case.js'
import type { CaseDeviation } from '../reports/conform/codec.js'
import { recordsOf } from '../targets/in-process.js'

const printAllowed = (allowed: Allowed): string => {
  const fields = Object.entries(allowed).map(
    ([k, v]) =>
      `${k} ${typeof v === 'bigint' ? `0x${v.toString(16)}` : JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? `0x${x.toString(16)}` : x))}`,
  )
  return fields.length === 0 ? 'success' : fields.join(', ')
}

/** The run of a case as far as it went, as records. */
const runOf = (one: Case, target: string, seen: readonly Seen[]): readonly TraceRecord[] => [
  headerOf({ config: one.config, target: { name: target, version: '' } }),
  ...seen.flatMap((answer, i) => recordsOf(i + 1, 0, one.ops[i] as Operation, answer)), // an answer to each operation
  { ev: 'end' },
]

/**
 * The oracle's verdict on the same run. Where it allows what the case does not, one of the two is wrong, and that is
 * said.
 */
const explain = (one: Case, trace: readonly TraceRecord[]): string => {
  const check = checker(parametersOf(one.config))
  for (const [i, record] of trace.entries()) check.record(record, i + 1)
  const verdict = check.verdict()
  return verdict.is === 'conforms'
    ? 'the specification allows this run: the case, or the specification, is wrong'
    : renderVerdict(verdict, { file: one.id })
}

/** The deviation of a case at one of its operations; `unexplained` says why it is not explained, where it is not. */
export const deviationOf = (
  one: Case,
  target: string,
  seen: readonly Seen[],
  at: number,
  unexplained: string | null = null,
): CaseDeviation => {
  const trace = unexplained === null ? runOf(one, target, seen) : []
  const answer = seen[at]
  return {
    case: one.id,
    says: one.says,
    at,
    operation: printOperation(one.ops[at] as Operation), // `at` indexes an operation that was answered
    seen: answer === undefined ? 'no answer' : printSeen(answer),
    allowed: (one.allow[at] ?? []).map(printAllowed),
    explanation: unexplained ?? explain(one, trace),
    trace: trace.map(record => `${writeRecord(record)}\n`).join(''),
  }
}

/** The deviation of a case whose target failed as a whole. */
export const faultOf = (one: Case, target: string, seen: readonly Seen[], fault: string): CaseDeviation => ({
  ...deviationOf(one, target, seen, Math.min(seen.length, one.ops.length - 1)),
  seen: fault,
  explanation: `${fault} after ${seen.length} of ${one.ops.length} answers`,
  fault,
})

import { type Deviation, printOperation, printResult, printSeen } from '../../../oracle/index.js'
import type { DeviationReport } from './codec.js'

/** 64-bit values as hexadecimal strings, as everywhere in JSON. */
const plain = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(values, (_, v: unknown) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v)),
  ) as Record<string, unknown>

/** A deviation as it stands in JSON, in the words of the report for people. */
export const deviationReport = (deviation: Deviation): DeviationReport => ({
  line: deviation.line,
  tid: deviation.tid,
  operation: printOperation(deviation.operation),
  seen: printSeen(deviation.seen),
  allowed: [...new Set(deviation.allowed.map(printResult))],
  refuted: deviation.refuted.map(({ rule, wouldExplain, reason }) => ({
    rule,
    wouldExplain,
    premise: reason.premise,
    says: reason.says,
    values: plain(reason.values),
  })),
  differences: deviation.differences,
  cites: [...new Set(deviation.cites.map(({ source, at }) => `${source}, ${at}`))],
})

import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import type { TraceRecord } from '../wire/record.js'

/** An operation of a trace, its answer, and the numbers of the records with which it begins and ends. */
export interface Interval {
  readonly operation: Operation
  readonly seen: Seen
  readonly from: number
  readonly to: number
}

/** The operations of a trace that have ended, in the order of their ends. */
export const intervalsOf = (records: readonly TraceRecord[]): readonly Interval[] => {
  const starts = new Map<number, { operation: Operation; from: number }>()
  return records.flatMap((record, at) => {
    if (record.ev === 'call' || record.ev === 'access')
      starts.set(record.n, { operation: record.operation, from: at })
    if (record.ev !== 'return' && record.ev !== 'access-end') return []
    const start = starts.get(record.of)
    return start === undefined ? [] : [{ ...start, seen: record.seen, to: at }]
  })
}

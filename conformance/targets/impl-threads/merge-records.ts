import type { TraceRecord } from '../../../oracle/wire/record.js'
import { endOf, startOf } from '../in-process.js'
import type { Recorded } from './job.js'

/** What one thread recorded. */
export interface RecordedThread {
  readonly tid: number
  readonly recorded: readonly Recorded[]
}

/** The records of all threads in the order of their common counter, numbered from `first` on. */
export const mergeRecords = (threads: readonly RecordedThread[], first: number): readonly TraceRecord[] => {
  const timed: { readonly at: number; readonly records: readonly TraceRecord[] }[] = []
  let n = first
  for (const { tid, recorded } of threads) {
    for (const { operation, seen, from, to, waited } of recorded) {
      const wait: readonly TraceRecord[] = waited ? [{ ev: 'access-wait', of: n }] : []
      timed.push({ at: from, records: [startOf(n, tid, operation)] })
      timed.push({ at: to, records: [...wait, endOf(n, seen)] })
      n++
    }
  }
  return timed.sort((a, b) => a.at - b.at).flatMap(({ records }) => records)
}

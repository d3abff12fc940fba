import { headerOf, type Trace, type TraceRecord } from '../../../oracle/index.js'
import { isAccess, type Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'

/** An operation as its thread recorded it, between two values of a counter that all threads step. */
export interface Recorded {
  readonly operation: Operation
  readonly seen: Seen
  readonly from: number
  readonly to: number
  /** Whether it met a blocked page and waited. */
  readonly waited: boolean
}

const startOf = (n: number, tid: number, operation: Operation): TraceRecord =>
  isAccess(operation) ? { ev: 'access', n, tid, operation } : { ev: 'call', n, tid, operation }

const endOf = (of: number, seen: Seen): TraceRecord =>
  seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen }

/** One trace of what all threads recorded; `threads[0]` is the updating one. */
export const traceOf = (threads: readonly (readonly Recorded[])[]): Trace => {
  const timed: { readonly at: number; readonly records: readonly TraceRecord[] }[] = []
  let n = 0
  for (const [tid, recorded] of threads.entries()) {
    for (const { operation, seen, from, to, waited } of recorded) {
      n++
      const wait: readonly TraceRecord[] = waited ? [{ ev: 'access-wait', of: n }] : []
      timed.push({ at: from, records: [startOf(n, tid, operation)] })
      timed.push({ at: to, records: [...wait, endOf(n, seen)] })
    }
  }
  const records = timed.sort((a, b) => a.at - b.at).flatMap(({ records }) => records)
  const header = headerOf({
    config: { spaces: 1, slotLimit: 8 },
    target: { name: 'impl', version: '0.1.0' },
  })
  return {
    header,
    lines: [...records, { ev: 'end' } as TraceRecord].map((record, i) => ({ line: i + 2, record })),
  }
}

import { type Call, isAccess, type Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { TraceRecord } from '../../wire/record.js'

/** Collects the records of a trace and numbers the operations. */
export interface Recorder {
  readonly records: readonly TraceRecord[]
  begin(operation: Operation, tid: number): number
  end(of: number, seen: Seen): void
  wait(of: number): void
  /** An operation that no other overlaps on its thread. */
  whole(operation: Operation, tid: number, seen: Seen): void
}

export const recorder = (): Recorder => {
  const records: TraceRecord[] = []
  let next = 1
  const begin = (operation: Operation, tid: number): number => {
    const n = next++
    records.push(
      isAccess(operation)
        ? { ev: 'access', n, tid, operation }
        : { ev: 'call', n, tid, operation: operation as Call }, // what is no access is a call
    )
    return n
  }
  const end = (of: number, seen: Seen): void => {
    records.push(seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen })
  }
  return {
    records,
    begin,
    end,
    wait: of => records.push({ ev: 'access-wait', of }),
    whole: (operation, tid, seen) => end(begin(operation, tid), seen),
  }
}

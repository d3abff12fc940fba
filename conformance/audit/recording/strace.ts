import { createDescriptors } from './descriptors.js'
import { createKvmCalls, type TimedIoctl } from './kvm-calls.js'
import { nothing, type RecordingReader } from './reader.js'
import type { RecordedCall } from './record.js'
import { type Head, type Ioctl, readIoctl, readStraceLine } from './strace-line.js'
import { countUnknown, emptyTally, type Tally } from './summary.js'

/** A call whose line ended in `<unfinished ...>`. */
interface Pending {
  readonly head: Head
  readonly line: number
  readonly text: string
}

const nothingSaid: Ioctl = { fd: -1, name: '', args: '', outcome: { is: 'unknown' }, duration: null }

/** What is known of a call that did not end: all but its result. */
const asFarAsKnown = (text: string): Ioctl => readIoctl(`${text}) = ?`) ?? nothingSaid

// One line, one instant of trace order: a call that ended on its own line ended before anything else was seen.
const timed = (head: Head, line: number, endLine: number, endAt: number | null, call: Ioctl): TimedIoctl => ({
  line,
  endLine,
  tid: head.tid,
  from: head.at,
  to: endAt ?? (head.at !== null && call.duration !== null ? head.at + call.duration : null),
  call,
})

/** Reads what `strace -f -ttt [-T] [-y] -e trace=ioctl` writes. */
export const createStraceReader = (): RecordingReader => {
  const tally: Tally = emptyTally()
  const pending = new Map<number | null, Pending>()
  const calls = createKvmCalls(
    createDescriptors(() => tally.ambiguous++),
    tally,
  )

  const abandon = (tid: number | null, line: number): readonly RecordedCall[] => {
    const call = pending.get(tid)
    if (call === undefined) return nothing
    pending.delete(tid)
    tally.neverEnded++
    return calls.ended(timed(call.head, call.line, line, null, asFarAsKnown(call.text)))
  }

  const resume = (head: Head, rest: string, line: number): readonly RecordedCall[] => {
    const begun = pending.get(head.tid)
    if (begun === undefined) {
      tally.neverBegun++
      return nothing
    }
    pending.delete(head.tid)
    const call = readIoctl(begun.text + rest)
    if (call === null) {
      countUnknown(tally, line)
      return calls.ended(timed(begun.head, begun.line, line, head.at, asFarAsKnown(begun.text)))
    }
    return calls.ended(timed(begun.head, begun.line, line, head.at, call))
  }

  const read = (text: string, line: number): readonly RecordedCall[] => {
    const found = readStraceLine(text)
    if (found.is === 'unknown') {
      countUnknown(tally, line)
      return nothing
    }
    if (found.head.at !== null) tally.stamped = true
    switch (found.is) {
      case 'ioctl': {
        const left = pending.size === 0 ? nothing : abandon(found.head.tid, line)
        const records = calls.ended(timed(found.head, line, line, null, found.call))
        return left.length === 0 ? records : [...left, ...records]
      }
      case 'unfinished': {
        const left = abandon(found.head.tid, line)
        pending.set(found.head.tid, { head: found.head, line, text: found.text })
        const begun = calls.begun(timed(found.head, line, line, null, asFarAsKnown(found.text)))
        return left.length === 0 ? begun : [...left, ...begun]
      }
      case 'resumed':
        return resume(found.head, found.text, line)
      case 'gone': {
        tally.otherLines++
        const left = abandon(found.head.tid, line)
        calls.gone(found.head.tid)
        return left
      }
      case 'other':
        tally.otherLines++
        return nothing
    }
  }

  return {
    tally,
    read,
    // `= 0` cannot be the beginning of another result; `= 1` may be that of `= 12`.
    isWhole: text => /(?: = 0|[)>]|\+\+\+|---)$/.test(text) && readStraceLine(text).is !== 'unknown',
    end: line => [...pending.keys()].flatMap(tid => abandon(tid, line)),
  }
}

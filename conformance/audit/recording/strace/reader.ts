import { createKvmCalls } from '../kvm-calls.js'
import { createProcesses } from '../processes.js'
import type { Format, Hear, LineIs, RecordingReader } from '../reader.js'
import type { RunEnd } from '../record.js'
import type { RecordedIoctl } from '../recorded-ioctl.js'
import { countUnknown, emptyTally, type Tally } from '../summary.js'
import { createClock } from './clock.js'
import { createDivisions } from './divisions.js'
import { type Head, readHead, showsWholeSeconds, withWholeSeconds } from './head.js'
import { type Ioctl, readIoctl } from './ioctl.js'
import { readStraceLine, type StraceLine, straceLineIs } from './line.js'
import { createOtherCalls } from './other-calls.js'
import { readStraceRegion, readStraceSlot } from './region.js'
import { scanRun } from './run-line.js'
import { createStacks } from './stacks.js'
import { waitBegun } from './system-call.js'

/** A call whose line ended in `<unfinished ...>`. */
interface Pending {
  readonly tid: number | null
  readonly at: number | null
  readonly line: number
  readonly text: string
}

const nothingSaid: Ioctl = {
  fd: -1,
  fdName: null,
  name: '',
  args: '',
  outcome: { is: 'unknown' },
  duration: null,
  decimals: 0,
  exit: null,
}

/** What is known of a call that did not end: all but its result. */
const asFarAsKnown = (text: string): Ioctl =>
  readIoctl(`${text}) = ?`) ?? readIoctl(`${text}, 0) = ?`) ?? nothingSaid

const SUMMARY = /^(?:% time +seconds|-{6} -{11}| *\d+\.\d+ +\d+\.\d+ +\d+ +\d+ )/
const SET = /SET_USER_MEMORY_REGION|4020ae46|40a0ae49/
/** An ioctl whose name is KVM's, or a number, or cut off. */
const MAY_BE_KVM = /ioctl\([^,]*(?:$|, *(?:$|K|0x|_IOC))/
const LOST = /^ioctl\((\d+)(?:<(.*?)>(?=, ))?,[^,]*,?(.*)$/

/** Reads what strace writes, whatever its options. */
export const createStraceReader = (hear: Hear): RecordingReader => {
  const tally: Tally = emptyTally()
  const clock = createClock(tally)
  const pending = new Map<number | null, Pending>()
  const divisions = createDivisions(tally)
  const processes = createProcesses(() => tally.ambiguous++)
  const stacks = createStacks(hear)
  const { release } = stacks

  const calls = createKvmCalls(
    processes,
    tally,
    { region: readStraceRegion, slot: readStraceSlot },
    stacks.hear,
  )

  const timed = (
    tid: number | null,
    from: number | null,
    lines: readonly [number, number],
    ended: { readonly at: number | null; readonly how: RunEnd },
    call: Ioctl,
  ): RecordedIoctl => {
    if (call.name === 'KVM_RUN') tally.entries = true
    if (call.outcome.is === 'error') tally.failures = true
    if (call.outcome.is === 'value') tally.successes = true
    if (call.duration !== null) tally.durationsWithin = 10 ** -call.decimals
    const byDuration = from !== null && call.duration !== null ? from + call.duration : null
    return {
      line: lines[0],
      endLine: lines[1],
      tid,
      from,
      to: ended.at ?? byDuration,
      fd: call.fd,
      fdName: call.fdName,
      name: call.name,
      args: call.args,
      outcome: call.outcome,
      end: ended.how === 'whole line' && byDuration !== null ? 'duration' : ended.how,
      exit: call.exit,
    }
  }

  let wholeSeconds = false
  const headOf = (head: Head): Head => {
    wholeSeconds ||= showsWholeSeconds(head)
    return wholeSeconds ? withWholeSeconds(head) : head
  }

  const isKvm = ({ name }: Ioctl): boolean => name.startsWith('KVM')

  const finish = (record: RecordedIoctl): void => {
    if (record.name.startsWith('KVM')) calls.ended(record)
    else tally.otherLines++
  }

  const others = createOtherCalls(hear, processes, tally)

  /** No line ends the thread's call: it goes on with another, it or the recording ends, or lines were left out. */
  const abandon = (tid: number | null, line: number, how: 'goes on' | 'never' | 'left out'): void => {
    const begun = pending.get(tid)
    if (begun === undefined) return
    pending.delete(tid)
    // A thread goes on once its call has ended; without thread ids the lines may be those of another.
    if (how === 'goes on' && tid !== null) tally.endsMissing = true
    if (!begun.text.startsWith('ioctl(')) return
    tally.neverEnded++
    const ended = { at: null, how: how === 'never' ? how : 'unknown' } as const
    finish(timed(tid, begun.at, [begun.line, line], ended, asFarAsKnown(begun.text)))
  }

  const resume = (
    tid: number | null,
    at: number | null,
    found: StraceLine & { kind: 'resumed' },
    line: number,
  ) => {
    const begun = pending.get(tid)
    if (begun === undefined) {
      if (found.name === 'ioctl') {
        tally.neverBegun++
        // Of a thread that was attached to in the middle of a call nothing stands above.
        if (processes.knows(tid)) tally.missing ??= { line, how: 'no beginning' }
      } else tally.otherLines++
      return
    }
    pending.delete(tid)
    divisions.resumed(begun.tid, begun.line, line)
    const how = waitBegun(begun.text)
    if (how !== null) {
      tally.otherLines++
      others.waits(tid, how, begun.at, at, [begun.line, line])
      return
    }
    if (!begun.text.startsWith('ioctl(')) {
      others.made(tid, begun.at, begun.text + found.text, line)
      return
    }
    const call = readIoctl(begun.text + found.text)
    if (call === null) countUnknown(tally, line, found.text, 'the end of an ioctl, like `, 0) = 0`')
    const ended = { at, how: 'line' } as const
    finish(timed(tid, begun.at, [begun.line, line], ended, call ?? asFarAsKnown(begun.text)))
  }

  const begin = (tid: number | null, at: number | null, text: string, line: number): void => {
    abandon(tid, line, 'goes on')
    tally.interleaved = true
    pending.set(tid, { tid, at, line, text })
    // It waits from now on, whoever maps memory meanwhile. How long a futex blocks shows at its end.
    if (waitBegun(text) === 'waits') others.waits(tid, 'waits', at, null, [line, line])
    if (!text.startsWith('ioctl(')) return
    const call = asFarAsKnown(text)
    if (isKvm(call)) calls.begun(timed(tid, at, [line, line], { at: null, how: 'unknown' }, call))
  }

  /** A memslot call that cannot be read: which VM, and perhaps which slot, may still be known. */
  const lost = (text: string, line: number): void => {
    release()
    const written = readHead(text)
    const call = LOST.exec(text.slice(written.length))
    const head = headOf(written)
    calls.ended({
      ...timed(head.tid, clock.at(head.stamp, line), [line, line], { at: null, how: 'unknown' }, nothingSaid),
      fd: Number(call?.[1] ?? -1),
      fdName: call?.[2] ?? null,
      name: 'KVM_SET_USER_MEMORY_REGION',
      args: call?.[3] ?? '',
    })
    release()
  }

  const read = (text: string, line: number): LineIs => {
    const found = readStraceLine(text)
    switch (found.kind) {
      case 'stack':
        stacks.frame(found.frame)
        return 'whole'
      case 'beginning':
        return 'beginning'
      case 'unknown':
        // `strace -C` adds a summary after the calls.
        if (!SUMMARY.test(text)) return 'unknown'
        tally.otherLines++
        return 'whole'
    }
    release()
    const { tid, stamp } = headOf(found.head)
    if (tid !== null) tally.threads = true
    const at = clock.at(stamp, line)
    switch (found.kind) {
      case 'ioctl':
        if (pending.size > 0) abandon(tid, line, 'goes on')
        finish(timed(tid, at, [line, line], { at: null, how: 'whole line' }, found.call))
        break
      case 'unfinished':
        begin(tid, at, found.text, line)
        break
      case 'resumed':
        resume(tid, at, found, line)
        break
      case 'gone':
        tally.otherLines++
        abandon(tid, line, 'never')
        processes.gone(tid)
        break
      case 'system call':
        if (pending.size > 0) abandon(tid, line, 'goes on')
        others.made(tid, at, found.text, line)
        break
      case 'kicked':
        tally.otherLines++
        if (tid !== null && tid !== found.pid) processes.kicked(tid, found.pid)
        break
      case 'other':
        tally.otherLines++
        break
    }
    return 'whole'
  }

  return {
    tally,
    read,
    scan: (text, start, end, line) =>
      scanRun(text, start, end, (tid, fd, seconds, decimals, duration, errno) => {
        if (pending.size > 0 && pending.has(tid)) return false
        const vm = calls.vcpu(tid, fd)
        if (vm === null) return false
        release()
        tally.threads = true
        tally.entries = true
        if (errno) tally.failures = true
        else tally.successes = true
        const from = clock.seconds(seconds, decimals, line)
        hear({
          kind: 'run',
          line,
          endLine: line,
          tid,
          from,
          to: duration === null ? null : from + duration,
          vm,
          vcpu: fd,
          end: duration === null ? 'whole line' : 'duration',
          exit: null,
          outcome: errno ? INTERRUPTED : RETURNED,
        })
        return true
      }),
    broken: (text, line) => {
      countUnknown(tally, line, text, 'a whole ioctl, like `ioctl(9, KVM_RUN, 0) = 0`')
      if (SET.test(text)) lost(text, line)
      else if (MAY_BE_KVM.test(text)) tally.missing ??= { line, how: 'not read' }
    },
    leftOut: line => {
      release()
      for (const tid of [...pending.keys()]) abandon(tid, line, 'left out')
    },
    // `= 0` cannot be the beginning of another result; `= 1` may be that of `= 12`.
    isWhole: text => /(?: = 0|[)>]|\+\+\+|---)$/.test(text) && straceLineIs(text) === 'whole',
    end: line => {
      release()
      for (const tid of [...pending.keys()]) abandon(tid, line, 'never')
      release()
    },
  }
}

const RETURNED = { is: 'value', value: 0 } as const
const INTERRUPTED = { is: 'error', errno: 'EINTR' } as const

export const strace: Format = { name: 'strace', is: straceLineIs, reader: createStraceReader }

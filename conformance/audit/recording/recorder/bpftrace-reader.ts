import { errnoName } from '../errno-names.js'
import { createKvmCalls } from '../kvm-calls.js'
import { requestName } from '../kvm-requests.js'
import { createProcesses } from '../processes.js'
import type { Format, Hear, LineIs, RecordingReader } from '../reader.js'
import { type Outcome, type RecordedRegion, slotName } from '../record.js'
import type { RecordedIoctl } from '../recorded-ioctl.js'
import { countUnknown, emptyTally, type Missing, type Tally } from '../summary.js'

const LOST = /^Lost \d+ events$/
const HEADER = /^# memslot recorder 1$/
const BEGINS =
  /^(\d+)\/(\d+) (\d+) > (\d+) ([0-9a-f]+) ([0-9a-f]+)((?: set \d+ \d+(?: [0-9a-f]+){3}| set2 \d+ \d+(?: [0-9a-f]+){3} -?\d+ [0-9a-f]+)?)$/
const ENDS = /^(\d+)\/(\d+) (\d+) < (-?\d+)$/

export const bpftraceLineIs = (line: string): LineIs =>
  HEADER.test(line) || LOST.test(line) || BEGINS.test(line) || ENDS.test(line) ? 'whole' : 'unknown'

const regionOf = (args: string): RecordedRegion | null => {
  const [kind, slot, flags, gpa, size, hva, memfd, offset] = args.trim().split(' ')
  if (kind === undefined || !kind.startsWith('set')) return null
  // bpftrace prints zeros where the argument was not in memory.
  if ([slot, flags, gpa, size, hva].every(field => field === '0')) return null
  return {
    ...slotName(Number(slot)),
    flags: Number(flags),
    gpa: BigInt(`0x${gpa}`),
    size: BigInt(`0x${size}`),
    hva: BigInt(`0x${hva}`),
    ...(memfd === undefined ? {} : { guestMemfd: { fd: Number(memfd), offset: BigInt(`0x${offset}`) } }),
  }
}

const outcomeOf = (result: number): Outcome =>
  result < 0 ? { is: 'error', errno: errnoName(-result) } : { is: 'value', value: result }

interface Pending {
  readonly at: number
  readonly line: number
  readonly fd: number
  readonly name: string
  readonly args: string
}

/** Reads what the recorder of ours writes. Lines of several CPUs may be a little out of order; each has its own time. */
export const createBpftraceReader = (hear: Hear): RecordingReader => {
  const tally: Tally = {
    ...emptyTally(),
    interleaved: true,
    failures: true,
    stamps: 'both',
    resolution: 1e-9,
    threads: true,
  }
  const processes = createProcesses(() => tally.ambiguous++)
  const calls = createKvmCalls(processes, tally, { region: regionOf, slot: () => null }, hear)
  const pending = new Map<number, Pending>()
  const seen = new Map<number, number>()

  const ioctl = (tid: number, begun: Pending, end: Partial<RecordedIoctl>): RecordedIoctl => ({
    line: begun.line,
    endLine: begun.line,
    tid,
    from: begun.at,
    to: null,
    fd: begun.fd,
    fdName: null,
    name: begun.name,
    args: begun.args,
    outcome: { is: 'unknown' },
    end: 'unknown',
    exit: null,
    ...end,
  })

  /** Lines were lost: from here on nothing is proven by what is not there. */
  const lost = (line: number, how: Missing['how']): void => {
    tally.interleaved = false
    tally.failures = false
    tally.endsMissing = true
    tally.missing ??= { line, how }
  }

  const belongs = (pid: number, tid: number): void => {
    if (seen.get(tid) === pid) return
    seen.set(tid, pid)
    processes.begins(pid)
    if (tid !== pid) processes.cloned(pid, tid, true)
  }

  return {
    tally,
    read: (text, line) => {
      const begins = BEGINS.exec(text)
      if (begins !== null) {
        const [, pid, tid, at, fd, request, arg, region] = begins as unknown as string[]
        belongs(Number(pid), Number(tid))
        const before = pending.get(Number(tid))
        if (before !== undefined) {
          lost(line, 'no end')
          tally.neverEnded++
          calls.ended(ioctl(Number(tid), before, { endLine: line }))
        }
        const begun = {
          at: Number(at) / 1e9,
          line,
          fd: Number(fd),
          name: requestName(Number.parseInt(request as string, 16)) ?? 'KVM',
          args: region === '' ? `0x${arg}` : (region as string),
        }
        pending.set(Number(tid), begun)
        if (begun.name === 'KVM_RUN') tally.entries = true
        calls.begun(ioctl(Number(tid), begun, {}))
        return 'whole'
      }
      const ends = ENDS.exec(text)
      if (ends === null) {
        if (!LOST.test(text)) return HEADER.test(text) ? 'whole' : 'unknown'
        lost(line, 'marked')
        return 'whole'
      }
      const tid = Number(ends[2])
      const begun = pending.get(tid)
      if (begun === undefined) {
        // The recorder writes no end of a call that was going on when it began.
        lost(line, 'no beginning')
        tally.neverBegun++
        return 'whole'
      }
      pending.delete(tid)
      const outcome = outcomeOf(Number(ends[4]))
      calls.ended(ioctl(tid, begun, { endLine: line, to: Number(ends[3]) / 1e9, outcome, end: 'line' }))
      return 'whole'
    },
    broken: (text, line) => countUnknown(tally, line, text, 'a line of the recorder'),
    leftOut: line => {
      for (const [tid, begun] of pending) calls.ended(ioctl(tid, begun, { endLine: line, end: 'unknown' }))
      pending.clear()
    },
    isWhole: text => BEGINS.test(text) && !text.includes('set'),
    end: line => {
      for (const [tid, begun] of pending) {
        tally.neverEnded++
        calls.ended(ioctl(tid, begun, { endLine: line, end: 'never' }))
      }
    },
  }
}

/** The time by which lines are put in order: bpftrace writes what each CPU collected, one CPU after another. */
export const bpftraceTime = (text: string): number | null => {
  const nanoseconds = /^\d+\/\d+ (\d+) [<>] /.exec(text)?.[1]
  return nanoseconds === undefined ? null : Number(nanoseconds) / 1e9
}

export const bpftrace: Format = { name: 'bpftrace', is: bpftraceLineIs, reader: createBpftraceReader }

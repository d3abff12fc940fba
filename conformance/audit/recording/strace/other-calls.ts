import type { Processes } from '../processes.js'
import type { Hear } from '../reader.js'
import type { Tally } from '../summary.js'
import { readSystemCall } from './system-call.js'

/** Threads of which it is kept that they were made. */
const KEPT_MADE = 65_536

/** Hears system calls other than ioctl: waits, clones, and what opens /dev/kvm. */
export interface OtherCalls {
  /** A complete call. */
  made(tid: number | null, at: number | null, text: string, line: number): void
  /** A thread waits, on these lines. */
  waits(
    tid: number | null,
    how: 'waits' | 'futex',
    from: number | null,
    to: number | null,
    lines: readonly [number, number],
  ): void
}

export const createOtherCalls = (hear: Hear, processes: Processes, tally: Tally): OtherCalls => {
  const waits: OtherCalls['waits'] = (tid, how, from, to, lines) =>
    hear({ kind: 'waits', line: lines[0], endLine: lines[1], tid, from, to, how })

  return {
    waits,
    made: (tid, at, text, line) => {
      tally.otherLines++
      const call = readSystemCall(text)
      switch (call?.kind) {
        case 'waits':
          waits(tid, call.how, at, at !== null && call.duration !== null ? at + call.duration : null, [
            line,
            line,
          ])
          return
        case 'clone':
          processes.cloned(tid, call.child, call.sharesFiles)
          if (call.sharesFiles && tally.made.size < KEPT_MADE) tally.made.set(call.child, line)
          return
        case 'duplicates':
          processes.duplicated(tid, call.fd, call.as)
          return
        case 'opens-kvm':
          processes.bind(tid, call.fd, { kind: 'dev-kvm' })
      }
    },
  }
}

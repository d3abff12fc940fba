import type { Place } from './place.js'
import type { RunEnd } from './recording/record.js'

/** One KVM_RUN of a thread. Changes while the recording is read: how it ended becomes known later. */
export interface Stay {
  readonly tid: number
  readonly entered: Place
  /** When it ended, as near as it is known; null while it lasts. */
  left: Place | null
  /** How its end is known; null while it lasts. */
  end: RunEnd | null
  /** A later line of the thread, by which it had ended; null: none yet. */
  until: number | null
}

/** An interval of KVM_RUN for a picture; `to.at` null where its end was not recorded. */
export interface RunInterval {
  readonly tid: number
  readonly from: Place
  readonly to: Place | null
}

/** The vCPU threads of a VM at one moment: the last, or present, KVM_RUN of each. */
export interface Moment {
  readonly stays: readonly Stay[]
  readonly line: number
}

/** Follows which threads of one VM are inside KVM_RUN. Holds as many entries as there are threads. */
export interface VcpuThreads {
  enter(tid: number, at: Place): void
  leave(tid: number, entered: Place, left: Place, end: RunEnd): void
  /** The thread has a line that is no KVM_RUN: it is outside there. */
  heard(tid: number | null, line: number): void
  now(line: number): Moment
  /** The threads that were seen to run a vCPU. */
  tids(): readonly number[]
  /** The last intervals that touch a span of lines, the running ones included. */
  during(from: Place, to: Place): RunInterval[]
}

const KEPT_INTERVALS = 4096

export const createVcpuThreads = (): VcpuThreads => {
  const threads = new Map<number, Stay>()
  const recent: Stay[] = []
  let next = 0

  const keep = (stay: Stay): void => {
    threads.set(stay.tid, stay)
    recent[next] = stay
    next = next + 1 === KEPT_INTERVALS ? 0 : next + 1
  }

  return {
    enter: (tid, entered) => {
      const before = threads.get(tid)
      if (before !== undefined) before.until ??= entered.line
      keep({ tid, entered, left: null, end: null, until: null })
    },
    leave: (tid, entered, left, end) => {
      const stay = threads.get(tid)
      if (stay !== undefined && stay.end === null && stay.entered.line === entered.line) {
        stay.left = left
        stay.end = end
        return
      }
      if (stay !== undefined) stay.until ??= entered.line
      keep({ tid, entered, left, end, until: null })
    },
    heard: (tid, line) => {
      if (tid === null) return
      const stay = threads.get(tid)
      if (stay !== undefined && stay.end !== null) stay.until ??= line
    },
    now: line => ({ stays: [...threads.values()], line }),
    tids: () => [...threads.keys()],
    during: (from, to) =>
      recent
        .filter(({ entered, left }) => entered.line <= to.line && (left?.line ?? to.line) >= from.line)
        .map(({ tid, entered, left }) => ({ tid, from: entered, to: left })),
  }
}

import type { Place } from './place.js'

/** What is known of one thread that runs vCPUs, at one moment. */
interface Activity {
  readonly tid: number
  /** The KVM_RUN it is inside of, or null. */
  readonly inside: Place | null
  /** The end of its last KVM_RUN; `at` is null where only the line is known. */
  readonly left: Place | null
}

/** The vCPU threads of a VM at one moment: enough to say later who was inside KVM_RUN since any earlier place. */
export interface Moment {
  readonly threads: readonly Activity[]
  /** Whether the recording says who is inside KVM_RUN. */
  readonly known: boolean
  /** Whether any vCPU had entered KVM_RUN; null where that is not recorded. */
  readonly ran: boolean | null
}

/** An interval of KVM_RUN; `to` is null while it lasts, `to.at` null where its end was not recorded. */
export interface RunInterval {
  readonly tid: number
  readonly from: Place
  readonly to: Place | null
}

/** Follows which threads of one VM are inside KVM_RUN. Holds as many entries as there are threads. */
export interface VcpuThreads {
  enter(tid: number, at: Place): void
  leave(tid: number, entered: Place, left: Place): void
  /** KVM_RUN was seen, but who was inside, or since when, is not recorded. */
  ranSomehow(): void
  now(): Moment
  /** The last intervals that touch a span of time, the running ones included. */
  during(from: Place, to: Place): RunInterval[]
}

const KEPT_INTERVALS = 4096

/** Whether the thread was inside KVM_RUN at some moment since `from`, as seen at the moment of the activity. */
const insideSince = (from: Place, { inside, left }: Activity): boolean =>
  inside !== null ||
  (left !== null && (left.line > from.line || (left.at !== null && from.at !== null && left.at > from.at)))

/**
 * The threads, other than `except`, that were inside KVM_RUN at some moment between `from` and a later moment; null
 * where the recording does not say.
 */
export const insideBetween = (from: Place, until: Moment, except: number | null): number[] | null =>
  until.known
    ? until.threads
        .filter(activity => activity.tid !== except && insideSince(from, activity))
        .map(activity => activity.tid)
    : null

/**
 * `knowable`: whether the recording says when KVM_RUN begins, and on which VM. `named`: whether it names threads; one
 * that does not may be of one thread out of many, so nothing is known until a thread with a name runs a vCPU.
 */
export const createVcpuThreads = (knowable: boolean, named: boolean): VcpuThreads => {
  const threads = new Map<number, Activity>()
  const recent: RunInterval[] = []
  let next = 0
  let known = knowable && named
  let ran = false

  return {
    enter: (tid, at) => {
      ran = true
      known = knowable
      threads.set(tid, { tid, inside: at, left: threads.get(tid)?.left ?? null })
    },
    leave: (tid, entered, left) => {
      ran = true
      known = knowable
      threads.set(tid, { tid, inside: null, left })
      recent[next++ % KEPT_INTERVALS] = { tid, from: entered, to: left }
    },
    ranSomehow: () => {
      ran = true
    },
    now: () => ({ threads: [...threads.values()], known, ran: ran ? true : known ? false : null }),
    during: (from, to) => [
      ...recent.filter(run => run.from.line <= to.line && (run.to?.line ?? 0) >= from.line),
      ...[...threads.values()].flatMap(({ tid, inside }) =>
        inside !== null && inside.line <= to.line ? [{ tid, from: inside, to: null }] : [],
      ),
    ],
  }
}

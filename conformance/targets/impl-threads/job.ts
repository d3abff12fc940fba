import type { VmShare } from '../../../impl/index.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'

/** What one thread of a concurrent program is asked to do. */
export interface ThreadJob {
  readonly share: VmShare
  readonly operations: readonly Operation[]
  /** vCPUs that were made, and address spaces of the VM. */
  readonly vcpus: readonly number[]
  readonly spaces: number
  /** Words shared by all threads of the program. */
  readonly clock: SharedArrayBuffer
  /** How many threads the program has. */
  readonly threads: number
  /** How many of them make calls that change slots. */
  readonly updating: number
  readonly seed: number
  /** Words of this thread by which it is stopped and goes on; null where it runs as fast as it can. */
  readonly stops: SharedArrayBuffer | null
  /** The steps of an update by name, in their order; null for the implementation's own. */
  readonly steps: readonly string[] | null
}

/** Words of `stops`: how often the thread was told to go on, up to which point, what it is doing, and how often it has slept. */
export const GO = 0
export const UNTIL = 1
export const DOING = 2
export const SLEPT = 3
/** `UNTIL` where the turn ends with the operation, and where there are no more turns; a point otherwise, by its place in POINTS. */
export const TO_ITS_END = -1
export const TO_THE_END = -2
/**
 * `DOING`: in an operation; waiting for another thread, and looking again and again; asleep until another thread wakes it;
 * stopped, until it is told to go on; through. One that has waited may be in its operation again.
 */
export const RUNS = 0
export const POLLS = 1
export const SLEEPS = 2
export const STOPPED = 3
export const THROUGH = 4

export const stopsOf = (): SharedArrayBuffer => new SharedArrayBuffer(16)

/** An operation as its thread recorded it, between two values of a counter that all threads step. */
export interface Recorded {
  readonly operation: Operation
  readonly seen: Seen
  readonly from: number
  readonly to: number
  /** Whether it met a blocked page and waited. */
  readonly waited: boolean
}

/** What a thread answers. */
export type FromThread =
  | { readonly kind: 'done'; readonly recorded: readonly Recorded[] }
  | { readonly kind: 'threw'; readonly why: string }

/** Words of the clock: the counter that all threads step. */
export const CLOCK = 0
/** How many threads have started. */
export const STARTED = 1
/** How often an update has lingered. */
export const LINGERED = 2
/** How many threads that make updates are through. */
export const UPDATED = 3
/** Never changed: a thread that waits on it just sleeps. */
export const IDLE = 4

export const clockOf = (): SharedArrayBuffer => new SharedArrayBuffer(20)

/** Whether an operation changes slots. */
export const isUpdate = ({ op }: Operation): boolean => op === 'set' || op === 'batch'

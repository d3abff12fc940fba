import type { VmShare } from '../../../impl/index.js'
import type { Operation } from '../../../spec/terms/operation.js'

/** What a thread does in an episode. */
export interface EpisodePart {
  readonly share: VmShare
  readonly operations: readonly Operation[]
  /** Words shared by all threads of the episode. */
  readonly clock: SharedArrayBuffer
  readonly seed: number
}

/** What a thread is asked to do: its parts of some episodes, one after the other. */
export interface HistoryJob {
  readonly parts: readonly EpisodePart[]
  readonly threads: number
  /** Whether it is the updating thread. */
  readonly updates: boolean
}

/** Words of the clock: the counter that all threads step. */
export const CLOCK = 0
/** How many threads have started. */
export const STARTED = 1
/** How often an update has lingered. */
export const LINGERED = 2
/** Never changed: a thread that waits on it just sleeps. */
export const IDLE = 3

export const clockOf = (): SharedArrayBuffer => new SharedArrayBuffer(16)

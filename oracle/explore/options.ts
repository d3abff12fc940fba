import type { Weigh } from './result.js'
import type { LivenessProperty, SafetyProperty } from './system.js'

/** How far a search is; reported about four times a second. */
export interface Progress {
  readonly states: number
  readonly transitions: number
  /** Steps from a start to the deepest state. */
  readonly depth: number
  /** Bytes kept for the states of the search in progress. */
  readonly bytes: number
  readonly seconds: number
}

/** What a search decides, and its limits. */
export interface ExploreOptions<C> {
  readonly safety: readonly SafetyProperty<C>[]
  readonly liveness: readonly LivenessProperty<C>[]
  /**
   * Whether to use partial-order reduction, where the system has `persistent` and `visible`. Never used for liveness.
   */
  readonly reduce: boolean
  /** Search each start by itself, which is faster for starts that share no state; otherwise all starts together. */
  readonly apart?: boolean
  /** The most states of one search; beyond it what is not decided is inconclusive. */
  readonly maxStates?: number
  /** The most bytes kept for the states of one search; likewise. */
  readonly maxBytes?: number
  /** The most seconds of all searches together; likewise. */
  readonly maxSeconds?: number
  /** Which of several shortest failing runs is shown: the one of least weight. */
  readonly weigh?: Weigh<C>
  readonly onProgress?: (progress: Progress) => void
  /** Ends the search. It is looked at between slices, so raise it in `onProgress`, or await `exploreAsync`. */
  readonly stop?: AbortSignal
}

import type { Weigh } from './result.js'
import type { LivenessProperty, SafetyProperty } from './system.js'

/** How far a search is, told a few times a second. */
export interface Progress {
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly bytes: number
  readonly seconds: number
}

export interface ExploreOptions<C> {
  readonly safety: readonly SafetyProperty<C>[]
  readonly liveness: readonly LivenessProperty<C>[]
  /** Whether to take fewer interleavings where the system says which may stand for all. Not done for liveness. */
  readonly reduce: boolean
  /** Each start is searched apart from the others, which suits starts that share no state; otherwise all at once. */
  readonly apart?: boolean
  /** The limits of one search; beyond them it is inconclusive. */
  readonly maxStates?: number
  readonly maxBytes?: number
  /** The limit of everything together. */
  readonly maxSeconds?: number
  readonly weigh?: Weigh<C>
  readonly onProgress?: (progress: Progress) => void
  /** Seen between turns: from `onProgress`, or from anywhere where `exploreAsync` is awaited. */
  readonly stop?: AbortSignal
}

import type { Target } from '../reports/bench/codec.js'
import type { Contender } from './contender.js'

/**
 * How a peer compares to another one where the target was set: its time by the other's. Where that is not so here, by a
 * factor of two or in the order of the two, the comparison is inconclusive on this machine.
 */
export interface Yardstick {
  readonly other: Contender
  readonly ratio: number
}

/** One line of the report: a target for the subject, by itself or against a peer; null is for the reader to compare. */
export interface Comparison {
  readonly peer: Contender | null
  readonly target: Target | null
  readonly yardstick?: Yardstick
  /** Judged only where a yardstick of the same benchmark does not hold: the targets that count then. */
  readonly instead?: true
}

/** A named subject and what it is held against. All of them are timed side by side. */
export interface Benchmark {
  readonly name: string
  readonly subject: Contender
  /** The unit of the subject's value: nanoseconds for one piece of work, or pieces of work in a second. */
  readonly unit: 'ns' | '/s'
  readonly comparisons: readonly Comparison[]
  /** Asked before anything is timed: what is wrong with the answers of subject or peers, null where they are right. */
  readonly check: () => string | null
}

/** A number that is counted and not timed, so that it is the same every time. */
export interface Count {
  readonly name: string
  readonly subject: string
  readonly unit: 'bytes'
  readonly target: Target | null
  readonly count: () => number
}

/** Where and when something stands in a recording. */
export interface Place {
  /** 1-based. */
  readonly line: number
  /** Seconds, as recorded; null where the recording has no times. */
  readonly at: number | null
}

/** Stamps finer than this measure whatever is asked of them. */
const FINE = 0.001

/** Seconds by which the difference of two stamps may be wrong: `strace -t` has the same one for most of two calls. */
export const errorOf = (resolution: number): number => (resolution > FINE ? resolution : 0)

/** Seconds from one place to another; null where a time is missing, or where clocks went backwards. */
export const secondsBetween = (from: Place, to: Place): number | null =>
  from.at === null || to.at === null || to.at < from.at ? null : to.at - from.at

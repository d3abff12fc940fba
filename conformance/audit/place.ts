/** Where and when something stands in a recording. */
export interface Place {
  /** 1-based. */
  readonly line: number
  /** Seconds, as recorded; null where the recording has no times. */
  readonly at: number | null
}

/** Seconds from one place to another; null where a time is missing, or where clocks went backwards. */
export const secondsBetween = (from: Place, to: Place): number | null =>
  from.at === null || to.at === null || to.at < from.at ? null : to.at - from.at

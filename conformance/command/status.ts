/** Exit status, the same for every verb. */
export const EXIT = {
  /** As expected. */
  expected: 0,
  /** A deviation, a failed property, a missed target, a survivor. */
  deviation: 1,
  /** Bad input or usage. */
  usage: 2,
  /** Inconclusive, which includes nothing done and everything skipped. */
  inconclusive: 3,
  /** The specification contradicts itself. */
  contradiction: 4,
  /** Interrupted; the results so far are printed. */
  interrupted: 130,
} as const
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

const GRAVEST_FIRST: readonly ExitStatus[] = [
  EXIT.interrupted,
  EXIT.contradiction,
  EXIT.usage,
  EXIT.deviation,
  EXIT.inconclusive,
]

/** The status of several things done in one run. */
export const gravest = (all: readonly ExitStatus[]): ExitStatus =>
  GRAVEST_FIRST.find(status => all.includes(status)) ?? EXIT.expected

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
  /** Interrupted (SIGINT), hung up on (SIGHUP) or told to end (SIGTERM); the results so far are printed. */
  interrupted: 130,
  hungUp: 129,
  terminated: 143,
} as const
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/** The signals that end a run with the results it has, each with its status: 128 and its number, as shells have it. */
export const SIGNALS = {
  SIGINT: EXIT.interrupted,
  SIGHUP: EXIT.hungUp,
  SIGTERM: EXIT.terminated,
} as const satisfies Readonly<Partial<Record<NodeJS.Signals, ExitStatus>>>

/** The status of a run that a signal has stopped, which is the reason of `stop`; without one it was interrupted. */
export const statusOfStop = ({ reason }: AbortSignal): ExitStatus =>
  typeof reason === 'string' && Object.hasOwn(SIGNALS, reason)
    ? SIGNALS[reason as keyof typeof SIGNALS]
    : EXIT.interrupted

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

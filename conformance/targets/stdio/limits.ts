/** How long an answer of another program may take, and how large it may be. */
export interface StdioLimits {
  /** Milliseconds in which every message but `run` must be answered. */
  readonly answerMs: number
  /** Milliseconds in which a program must have run. */
  readonly programMs: number
  /** Characters that a line may have; the process is killed before more are kept. */
  readonly lineLength: number
  /** Records that a program may cause beyond sixteen for each of its operations. */
  readonly records: number
  /** Characters that all records of a program may have, beyond twice those of the program itself. */
  readonly runLength: number
  /** Milliseconds between the end of its input and being killed, for a process that was asked to close. */
  readonly graceMs: number
}

export const defaultLimits: StdioLimits = {
  answerMs: 10_000,
  programMs: 10_000,
  lineLength: 8 << 20,
  records: 100_000,
  runLength: 16 << 20,
  graceMs: 1_000,
}

/** Records that a program of so many operations may cause. */
export const maxRecords = (limits: StdioLimits, operations: number): number =>
  limits.records + 16 * operations

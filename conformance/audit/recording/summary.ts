export type RecordingFormat = 'strace' | 'qemu-trace'

/** What an importer counted, so that nothing of a recording goes missing in silence. */
export interface ImportSummary {
  readonly format: RecordingFormat
  /** Lines of the file, the unterminated last one included. */
  readonly lines: number
  /** KVM_SET_USER_MEMORY_REGION calls, whatever their result. */
  readonly memslotCalls: number
  /** Of these, calls of whose argument only a pointer was recorded. */
  readonly undecoded: number
  /** Lines that are no part of the format, and the numbers of the first few. */
  readonly unknownLines: number
  readonly firstUnknown: readonly number[]
  /** Lines of the format about something else: other system calls, signals, exits, other trace events. */
  readonly otherLines: number
  /** The file ends in the middle of a line, which was left out. */
  readonly cutShort: boolean
  /** Calls whose beginning was recorded and whose end was not, and the other way round. */
  readonly neverEnded: number
  readonly neverBegun: number
  /** Calls on a file descriptor that more than one living VM might have. */
  readonly ambiguous: number
  /** What the stamp on a line is: the time at which the call began (strace), at which it had ended (QEMU), or none. */
  readonly stamps: 'begin' | 'end' | 'none'
}

/** Counts while a file is read. Mutable, private to a reader. */
export interface Tally {
  memslotCalls: number
  undecoded: number
  unknownLines: number
  firstUnknown: number[]
  otherLines: number
  neverEnded: number
  neverBegun: number
  ambiguous: number
  stamped: boolean
}

export const emptyTally = (): Tally => ({
  memslotCalls: 0,
  undecoded: 0,
  unknownLines: 0,
  firstUnknown: [],
  otherLines: 0,
  neverEnded: 0,
  neverBegun: 0,
  ambiguous: 0,
  stamped: false,
})

const FIRST_UNKNOWN = 5

export const countUnknown = (tally: Tally, line: number): void => {
  tally.unknownLines++
  if (tally.firstUnknown.length < FIRST_UNKNOWN) tally.firstUnknown.push(line)
}

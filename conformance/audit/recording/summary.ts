import type { RecordingFormat } from './recording-format.js'

/** What a stamp on a line is: when the call began, when it had ended, both known, or not recorded. */
export type Stamps = 'begin' | 'end' | 'both' | 'none'

/** In which order lines stand, which decides what they prove about who was inside KVM_RUN. */
export type LineOrder =
  /** A call in progress is split in two lines as soon as another thread has something: order is time. */
  | 'interleaved'
  /** Every call is one line, and lines stand by when calls began. */
  | 'by begin'

/** A line that could not be read, and what was expected there. */
export interface BrokenLine {
  readonly line: number
  readonly found: string
  readonly expected: string
}

/** What an importer counted, so that nothing of a recording goes missing in silence. */
export interface ImportSummary {
  readonly format: RecordingFormat
  /** Lines of all files, an unterminated last one included. */
  readonly lines: number
  /** KVM_SET_USER_MEMORY_REGION calls, whatever their result. */
  readonly memslotCalls: number
  /** Of these, calls of whose argument only a pointer was recorded. */
  readonly undecoded: number
  /** Lines that could not be read, and the first few. */
  readonly unknownLines: number
  readonly broken: readonly BrokenLine[]
  /** The first memslot call in another format than the recording’s; null: there is none. */
  readonly foreign: number | null
  /** Lines of the format about something else: other system calls, signals, exits, other trace events. */
  readonly otherLines: number
  /** A file ends in the middle of a line, which was left out. */
  readonly cutShort: boolean
  /** Calls whose beginning was recorded and whose end was not, and the other way round. */
  readonly neverEnded: number
  readonly neverBegun: number
  /** Calls on a file descriptor that more than one living VM might have. */
  readonly ambiguous: number
  readonly stamps: Stamps
  /** Seconds below which two times are the same: 1 for `strace -t`. */
  readonly resolution: number
  /** Whether times are sums of differences (`strace -r`), right only where no line is missing. */
  readonly relative: boolean
  readonly order: LineOrder
  /** Whether lines name their threads. */
  readonly threads: boolean
  /** Every call that is recorded failed: those that did not may be left out. */
  readonly failuresOnly: boolean
  /** Whether the beginning of KVM_RUN is recorded anywhere. */
  readonly entries: boolean
  /** Files, and for lines named in the report where they stand; empty for one file. */
  readonly files: readonly string[]
  readonly origins: ReadonlyMap<number, { readonly file: number; readonly line: number }>
}

/** How a line shows that lines are missing. */
export interface Missing {
  readonly line: number
  readonly how: /** It ends a call, and no line begins one. */
    | 'no beginning'
    /** A thread begins a call at it, and no line ends its call before. */
    | 'no end'
    /** strace divided a call for a line of another thread, and there is none in between. */
    | 'nothing between'
    /** It begins an ioctl that may be KVM's, and could not be read. */
    | 'not read'
    /** A thread was made at it whose file is not among those given. */
    | 'file not given'
    /** Somebody marked that lines were left out, or the recorder that it lost some. */
    | 'marked'
}

/** Counts while files are read. Mutable, private to importers. */
export interface Tally {
  memslotCalls: number
  undecoded: number
  unknownLines: number
  broken: BrokenLine[]
  otherLines: number
  neverEnded: number
  neverBegun: number
  ambiguous: number
  stamps: Stamps
  resolution: number
  /** Seconds by which durations (`strace -T`) may be too short. */
  durationsWithin: number
  relative: boolean
  interleaved: boolean
  /** A call that failed is in it: those that do not return, or fail, are not left out (`strace -z`). */
  failures: boolean
  /** A call that succeeded is in it: those are not left out (`strace -Z`). */
  successes: boolean
  /** The first line that shows that lines are missing; null: none does. */
  missing: Missing | null
  /** A thread went on whose call before no line ends: others that seem to last may have ended as well. */
  endsMissing: boolean
  /** Threads that were made, and at which line. */
  made: Map<number, number>
  /** Times ran backwards, at which line first; null: never. */
  backwards: number | null
  threads: boolean
  entries: boolean
}

export const emptyTally = (): Tally => ({
  memslotCalls: 0,
  undecoded: 0,
  unknownLines: 0,
  broken: [],
  otherLines: 0,
  neverEnded: 0,
  neverBegun: 0,
  ambiguous: 0,
  stamps: 'none',
  resolution: 0,
  durationsWithin: 0,
  relative: false,
  interleaved: false,
  failures: false,
  successes: false,
  missing: null,
  endsMissing: false,
  made: new Map(),
  backwards: null,
  threads: false,
  entries: false,
})

const KEPT_BROKEN = 3
const EXCERPT = 80

export const countUnknown = (tally: Tally, line: number, text: string, expected: string): void => {
  tally.unknownLines++
  if (tally.broken.length < KEPT_BROKEN)
    tally.broken.push({
      line,
      found: text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text,
      expected,
    })
}

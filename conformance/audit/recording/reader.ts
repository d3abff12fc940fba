import type { RecordedCall } from './record.js'
import type { RecordingFormat } from './recording-format.js'
import type { Tally } from './summary.js'

/** Where importers put what they read, call by call. */
export type Hear = (call: RecordedCall) => void

/** What a line is to a format: all of something, the beginning of something that goes on, or neither. */
export type LineIs = 'whole' | 'beginning' | 'unknown'

/** Reads a recording of one format, a line at a time. Holds only what is needed to read the next line. */
export interface RecordingReader {
  readonly tally: Tally
  /** Reads a line if it is whole. If not, nothing was done: posts wrap lines, and it may be joined with the next. */
  read(text: string, line: number): LineIs
  /**
   * Reads the line `text[start..end)` if it is the most frequent kind of line, without taking it out of the text.
   * False: it is another, and nothing was done.
   */
  scan?(text: string, start: number, end: number, line: number): boolean
  /** A line that began something and never became whole: a memslot call makes what it touched unknown. */
  broken(text: string, line: number): void
  /** Lines were left out here: what goes on beyond it, or ended within, is not known. */
  leftOut(line: number): void
  /** Whether the last line, which lacks its line end, can be trusted to be whole. */
  isWhole(text: string): boolean
  /** The end of the file: calls that never ended are made known. */
  end(line: number): void
}

/** A format: how its lines are recognised, and who reads them. */
export interface Format {
  readonly name: RecordingFormat
  /** What a line is in this format, by itself. */
  is(text: string): LineIs
  reader(hear: Hear): RecordingReader
}

import type { RecordedCall } from './record.js'
import type { Tally } from './summary.js'

/** Reads a recording of one format, a line at a time. Holds only what is needed to read the next line. */
export interface RecordingReader {
  readonly tally: Tally
  /** What this line makes known; mostly one record or none. */
  read(text: string, line: number): readonly RecordedCall[]
  /** Whether the last line, which lacks its line end, can be trusted to be whole. */
  isWhole(text: string): boolean
  /** What the end of the file makes known: calls that never ended. */
  end(line: number): readonly RecordedCall[]
}

export const nothing: readonly RecordedCall[] = []

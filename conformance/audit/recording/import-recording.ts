import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { ImportError } from './import-error.js'
import { createLineSplitter } from './line-splitter.js'
import { createQemuTraceReader } from './qemu-trace.js'
import { readTraceLine } from './qemu-trace-line.js'
import type { RecordingReader } from './reader.js'
import type { RecordedCall } from './record.js'
import { createStraceReader } from './strace.js'
import { readStraceLine } from './strace-line.js'
import { countUnknown, emptyTally, type ImportSummary, type RecordingFormat } from './summary.js'

export interface ImportOptions {
  /** The file's name, for errors. */
  readonly name: string
  /** Told now and then how many characters and lines have been read. */
  readonly onProgress?: (characters: number, lines: number) => void
}

const EXCERPT = 60

/** What a line shows its file to be; null where it shows nothing. */
export const detectFormat = (line: string): RecordingFormat | null => {
  const asStrace = readStraceLine(line)
  if (asStrace.is !== 'unknown') return 'strace'
  return readTraceLine(line) === null ? null : 'qemu-trace'
}

const readerOf = (format: RecordingFormat): RecordingReader =>
  format === 'strace' ? createStraceReader() : createQemuTraceReader()

/**
 * Reads a recorded VMM run, given as text in chunks of any size (line ends included), and yields its calls. What kind
 * of recording it is shows in its lines. Memory does not grow with the recording. The generator's return value is the
 * summary, or why this is no recording of memslot calls.
 */
export async function* importRecording(
  chunks: AsyncIterable<string>,
  { name, onProgress }: ImportOptions,
): AsyncGenerator<RecordedCall, Either<ImportError, ImportSummary>, undefined> {
  const splitter = createLineSplitter()
  const unread = emptyTally()
  let reader: RecordingReader | null = null
  let format: RecordingFormat | null = null
  let firstText: string | null = null
  let line = 0
  let characters = 0
  let cutShort = false

  const recognise = (text: string): RecordingReader | null => {
    if (firstText === null && text.trim() !== '') firstText = text
    format = detectFormat(text)
    return format === null ? null : readerOf(format)
  }

  for await (const chunk of chunks) {
    characters += chunk.length
    for (const text of splitter.push(chunk)) {
      line++
      reader ??= recognise(text)
      if (reader === null) countUnknown(unread, line)
      else yield* reader.read(text, line)
    }
    onProgress?.(characters, line)
  }
  const rest = splitter.end()
  if (rest !== null) {
    line++
    reader ??= recognise(rest)
    if (reader?.isWhole(rest) === true) yield* reader.read(rest, line)
    else cutShort = true
  }
  if (reader !== null) yield* reader.end(line)

  const failure = (found: string): Either<ImportError, never> =>
    left({ kind: 'import', file: name, line: null, found, expected: EXPECTED })
  if (line === 0) return failure('an empty file')
  if (reader === null || format === null)
    return failure(`no line of a recording in ${lines(line)}, the first being ${excerpt(firstText ?? '')}`)
  const { tally } = reader
  if (tally.memslotCalls === 0)
    return failure(
      `no memslot call in ${lines(line)} of ${format === 'strace' ? 'strace output' : 'a QEMU trace log'}`,
    )
  return right({
    format,
    lines: line,
    memslotCalls: tally.memslotCalls,
    undecoded: tally.undecoded,
    unknownLines: tally.unknownLines + unread.unknownLines,
    firstUnknown: [...unread.firstUnknown, ...tally.firstUnknown].slice(0, 5),
    otherLines: tally.otherLines,
    cutShort,
    neverEnded: tally.neverEnded,
    neverBegun: tally.neverBegun,
    ambiguous: tally.ambiguous,
    stamps: !tally.stamped ? 'none' : format === 'strace' ? 'begin' : 'end',
  })
}

const EXPECTED =
  'KVM_SET_USER_MEMORY_REGION calls as written by `strace -f -ttt -e trace=ioctl`, or kvm_set_user_memory events of a QEMU trace log'

const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`)

const excerpt = (text: string): string =>
  JSON.stringify(text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text)

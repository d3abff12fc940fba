import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { counted } from '../../../spec/terms/counted.js'
import { RECORD_WITH } from './advice.js'
import type { ImportError } from './import-error.js'
import { createLineSplitter } from './text/line-splitter.js'
import { lineTime } from './text/line-time.js'

/** One of several files of a recording. */
export interface MergedFile {
  readonly name: string
  readonly chunks: AsyncIterable<string>
}

/** Where lines go, in the order of time: `file` is the file's place in the list, `line` the line's in the file. */
export type OnMergedLine = (text: string, file: number, line: number) => void

interface Line {
  readonly text: string
  readonly line: number
  /** Seconds; a line without a stamp belongs to the line before it. */
  readonly at: number | null
}

const HALF_A_DAY = 43_200

/** Characters without the end of a line after which nothing more is read of a file: it is no recording, be it /dev/zero. */
const MAX_UNENDED = 64 << 20

/** `run.strace.1234`: strace -ff names a file by its thread. */
export const tidOfName = (name: string): number | null => {
  const found = /\.(\d+)(?:\.gz)?$/.exec(name)
  return found === null ? null : Number(found[1])
}

/** Reads one file a line at a time. */
async function* linesOf(
  { name, chunks }: MergedFile,
  onRead: (characters: number) => void,
): AsyncGenerator<Line[]> {
  const tid = tidOfName(name)
  const splitter = createLineSplitter()
  let line = 0
  let unended = 0
  const lineOf = (text: string): Line => {
    line++
    const own = lineTime(text)
    return { text: tid === null || own.tid !== null ? text : `${tid} ${text}`, line, at: own.at }
  }
  for await (const chunk of chunks) {
    const lines: Line[] = []
    splitter.push(chunk, (text, start, end) => lines.push(lineOf(text.slice(start, end))))
    onRead(chunk.length)
    if (lines.length > 0) yield lines
    unended = lines.length > 0 ? 0 : unended + chunk.length
    if (unended > MAX_UNENDED) break
  }
  const rest = splitter.end()
  if (rest !== null) yield [lineOf(rest)]
}

interface Cursor {
  readonly file: number
  readonly rest: AsyncGenerator<Line[]>
  lines: Line[]
  next: number
  /** The stamp of the line at `next`, or of the last that had one. */
  at: number
}

/** Merges files by the stamps of their lines. Holds one chunk of each. Left: they cannot be merged. */
export const mergeFiles = async (
  files: readonly MergedFile[],
  onLine: OnMergedLine,
  onRead: (characters: number) => void = () => {},
): Promise<Either<ImportError, void>> => {
  let characters = 0
  const cursors: Cursor[] = files.map((file, index) => ({
    file: index,
    rest: linesOf(file, read => {
      characters += read
      onRead(characters)
    }),
    lines: [],
    next: 0,
    at: Number.NEGATIVE_INFINITY,
  }))
  let stamped = false
  let midnight = false

  const advance = async (cursor: Cursor): Promise<boolean> => {
    cursor.next++
    while (cursor.next >= cursor.lines.length) {
      const more = await cursor.rest.next()
      if (more.done === true) return false
      cursor.lines = more.value
      cursor.next = 0
    }
    const { at } = cursor.lines[cursor.next] as Line
    if (at !== null) stamped = true
    if (at !== null && at < cursor.at - HALF_A_DAY) midnight = true
    cursor.at = at ?? cursor.at
    return true
  }

  let live: Cursor[] = []
  for (const cursor of cursors) {
    cursor.next = -1
    if (await advance(cursor)) live.push(cursor)
  }
  if (live.length > 1 && live.some(({ at }) => at === Number.NEGATIVE_INFINITY) && !stamped)
    return left({
      kind: 'import',
      file: files[0]?.name ?? '',
      line: null,
      found: `${counted(files.length, 'file')} whose lines have no times`,
      expected: `times by which they can be merged: \`${RECORD_WITH}\``,
    })
  while (live.length > 0) {
    let first = live[0] as Cursor
    for (const cursor of live) if (cursor.at < first.at) first = cursor
    const { text, line } = first.lines[first.next] as Line
    onLine(text, first.file, line)
    if (!(await advance(first))) live = live.filter(cursor => cursor !== first)
    if (midnight && cursors.length > 1)
      return left({
        kind: 'import',
        file: files[first.file]?.name ?? '',
        line: first.lines[first.next]?.line ?? null,
        found:
          'a clock that passes midnight: of the other files it is not known which lines are of which day',
        expected: `times with their date: \`${RECORD_WITH}\``,
      })
  }
  return right(undefined)
}

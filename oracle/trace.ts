import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { briefly, decodeJson, type InputError } from './wire/decode.js'
import { FORMAT, type Header, type TraceRecord, TraceRecordCodec, VERSION } from './wire/record.js'

/** A record and the line of the file on which it stands, from 1. */
export interface Line {
  readonly line: number
  readonly record: TraceRecord
}

/** A trace that has been read: its header, and every other record in order. */
export interface Trace {
  readonly header: Header
  readonly lines: readonly Line[]
}

const wrong = (file: string, line: number, found: string, expected: string): InputError => ({
  file,
  line,
  path: '',
  found,
  expected,
})

/**
 * What must hold between the records of a trace: a new number is not one in progress, and every end has its start. The
 * function it gives takes the records in order; for each it returns null, or what was expected in its place.
 */
const structure = () => {
  const open = new Map<number, 'call' | 'access'>()
  let ended = false
  return (record: TraceRecord): string | null => {
    if (ended) return 'nothing after the end'
    // A switch: matching by ts-pattern made reading a trace 1.7 times slower.
    switch (record.ev) {
      case 'header':
        return 'one header, on the first line'
      case 'call':
      case 'access':
        if (open.has(record.n)) return `a number that no record in progress has (${record.n} has begun)`
        open.set(record.n, record.ev)
        return null
      case 'return':
      case 'access-end':
        if (open.get(record.of) !== (record.ev === 'return' ? 'call' : 'access'))
          return `the number of ${record.ev === 'return' ? 'a call' : 'an access'} in progress`
        open.delete(record.of)
        return null
      case 'access-wait':
        return open.get(record.of) === 'access' ? null : 'the number of an access in progress'
      case 'choice':
        if (record.what !== 'rule') return null
        if (record.of === undefined || !open.has(record.of)) return 'the number of an operation in progress'
        return typeof record.value === 'string' ? null : 'the name of a rule'
      case 'end':
        ended = true
        return null
      case 'note':
        return null
    }
  }
}

/** The first line of a trace. A wrong format or version is reported before any other fault. */
const readHeader = (text: string, file: string): Either<InputError, Header> => {
  const decoded = decodeJson(TraceRecordCodec, text, { file, line: 1 })
  if (isLeft(decoded)) return decoded
  return decoded.right.ev === 'header'
    ? right(decoded.right)
    : left(
        wrong(
          file,
          1,
          `${/^[ae]/.test(decoded.right.ev) ? 'an' : 'a'} ${decoded.right.ev}`,
          `the header of a ${FORMAT}, version ${VERSION}`,
        ),
      )
}

/** Reads a trace line by line, and yields after each: whoever asks for the next can give way, or leave it at that. */
export function* readingTrace(text: string, file: string): Generator<void, Either<InputError, Trace>> {
  const texts = text.split('\n')
  const header = readHeader(texts[0] ?? '', file)
  if (isLeft(header)) return header
  const follows = structure()
  const lines: Line[] = []
  for (const [i, json] of texts.entries()) {
    if (i === 0 || json.trim() === '') continue
    const decoded = decodeJson(TraceRecordCodec, json, { file, line: i + 1 })
    if (isLeft(decoded)) return decoded
    const fault = follows(decoded.right)
    if (fault !== null) return left(wrong(file, i + 1, briefly(JSON.parse(json)), fault))
    lines.push({ line: i + 1, record: decoded.right })
    yield
  }
  return right({ header: header.right, lines })
}

/**
 * Reads a trace, one JSON record a line (`oracle/TRACE.md`). Empty lines are skipped.
 *
 * Left: the first fault of the text, with its line: JSON that does not parse, a first line that is no header of this
 * version, an unknown field or value, a number that is already in progress, an end without its start, a record after
 * `end`.
 *
 * @param file the name that errors give to the text
 * @example
 * const trace = readTrace(readFileSync('run.ndjson', 'utf8'), 'run.ndjson')
 * if (isRight(trace)) console.log(checkTrace(trace.right).is)
 */
export const readTrace = (text: string, file: string): Either<InputError, Trace> => {
  const reading = readingTrace(text, file)
  let step = reading.next()
  while (step.done !== true) step = reading.next()
  return step.value
}

/** A record as one line of a trace, without the newline. */
export const writeRecord = (record: TraceRecord): string => JSON.stringify(TraceRecordCodec.encode(record))

/** A header of this format and version with the given fields. */
export const headerOf = (fields: Omit<Header, 'ev' | 'format' | 'version'>): Header =>
  ({ ev: 'header', format: FORMAT, version: VERSION, ...fields }) as Header

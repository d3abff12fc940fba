import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from './wire/decode.js'
import { FORMAT, type Header, type TraceRecord, TraceRecordCodec, VERSION } from './wire/record.js'

/** A record with the line it stands on, 1-based. */
export interface Line {
  readonly line: number
  readonly record: TraceRecord
}

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

/** What must be so between the records of a trace: every number is new, and every end has its start. */
const structure = () => {
  const open = new Map<number, 'call' | 'access'>()
  let ended = false
  return (record: TraceRecord): string | null => {
    if (ended) return 'nothing behind the end'
    switch (record.ev) {
      case 'header':
        return 'one header, on the first line'
      case 'call':
      case 'access':
        if (open.has(record.n)) return `a number that no record in progress has (${record.n} has begun)`
        open.set(record.n, record.ev)
        return null
      case 'return':
      case 'access-end': {
        const start = open.get(record.of)
        if (start !== (record.ev === 'return' ? 'call' : 'access'))
          return `the number of ${record.ev === 'return' ? 'a call' : 'an access'} in progress`
        open.delete(record.of)
        return null
      }
      case 'access-wait':
        return open.get(record.of) === 'access' ? null : 'the number of an access in progress'
      case 'end':
        ended = true
        return null
      case 'choice':
        if (record.what !== 'rule') return null
        if (record.of === undefined || !open.has(record.of)) return 'the number of an operation in progress'
        return typeof record.value === 'string' ? null : 'the name of a rule'
      case 'note':
        return null
    }
  }
}

/** The first line of a trace: format and version are told before anything else is judged. */
const readHeader = (text: string, file: string): Either<InputError, Header> => {
  const decoded = decodeJson(TraceRecordCodec, text, { file, line: 1 })
  if (isLeft(decoded)) return decoded
  return decoded.right.ev === 'header'
    ? right(decoded.right)
    : left(wrong(file, 1, `a ${decoded.right.ev}`, `the header of a ${FORMAT}, version ${VERSION}`))
}

/** Reads a trace, one record a line; the first thing that is wrong is told, and nothing of it is kept. */
export const readTrace = (text: string, file: string): Either<InputError, Trace> => {
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
    if (fault !== null) return left(wrong(file, i + 1, JSON.stringify(JSON.parse(json)).slice(0, 80), fault))
    lines.push({ line: i + 1, record: decoded.right })
  }
  return right({ header: header.right, lines })
}

/** A record as its line. */
export const writeRecord = (record: TraceRecord): string => JSON.stringify(TraceRecordCodec.encode(record))

export const headerOf = (fields: Omit<Header, 'ev' | 'format' | 'version'>): Header =>
  ({ ev: 'header', format: FORMAT, version: VERSION, ...fields }) as Header

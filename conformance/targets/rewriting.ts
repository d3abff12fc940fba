import { isLeft } from 'fp-ts/lib/Either.js'
import { decode } from '../../oracle/wire/decode.js'
import { type TraceRecord, TraceRecordCodec } from '../../oracle/wire/record.js'
import type { Session, Target } from './target.js'

/** What a proxy does to the records of a run: those that it passes on in their place. */
export type Rewrite = (records: readonly TraceRecord[]) => readonly TraceRecord[]

/** A target whose records pass through a proxy. What is not in this process is asked record by record. */
export const rewritten = (target: Target, rewrite: Rewrite): Target => ({
  hello: () => target.hello(),
  open: async config => {
    const session = await target.open(config)
    const proxy: Session = {
      run: async (program, emit, stop) => {
        const records: TraceRecord[] = []
        await session.run(program, record => records.push(record), stop)
        for (const record of rewrite(records)) emit(record)
      },
      reset: next => session.reset(next),
      close: () => session.close(),
    }
    return proxy
  },
})

/** Drops, doubles or exchanges the record at a place; the same records where there is none. */
export const REORDERINGS: Readonly<Record<string, (at: number) => Rewrite>> = {
  drops: at => records => records.filter((_, i) => i !== at),
  doubles: at => records => records.flatMap((record, i) => (i === at ? [record, record] : [record])),
  exchanges: at => records => {
    const [one, other] = [records[at], records[at + 1]]
    if (one === undefined || other === undefined) return records
    return [...records.slice(0, at), other, one, ...records.slice(at + 2)]
  },
  reverses: () => records => records.toReversed(),
  'cuts short after': at => records => records.slice(0, at),
  'says again at the end': at => records => [...records, ...records.slice(at, at + 1)],
}

type Json = unknown

/** Values of the same kind that are not this one. */
const others = (value: Json): readonly Json[] => {
  if (typeof value === 'number') return [value + 1, value === 0 ? 7 : 0]
  if (typeof value === 'boolean') return [!value]
  if (typeof value !== 'string') return []
  if (/^0x/.test(value)) return [`0x${(BigInt(value) ^ 0x1000n).toString(16)}`]
  if (/^([0-9a-f]{2})+$/.test(value)) return [value.replace(/^./, c => (c === '0' ? '1' : '0'))]
  return [...OTHER_WORDS.filter(word => word !== value)]
}
const OTHER_WORDS = [
  'call',
  'return',
  'access',
  'access-end',
  'set',
  'lookup',
  'read',
  'EEXIST',
  'EINVAL',
  'data',
  'mmio',
]

/** Every value that differs from this one in one field, with the path of the field. */
const variants = (value: Json, path = ''): readonly (readonly [string, Json])[] => {
  if (typeof value !== 'object' || value === null) return others(value).map(other => [path, other])
  const isList = Array.isArray(value)
  return Object.entries(value).flatMap(([key, inner]) =>
    variants(inner, path === '' ? key : `${path}.${key}`).map(([at, other]): readonly [string, Json] => [
      at,
      isList
        ? (value as readonly Json[]).map((one, i) => (i === Number(key) ? other : one))
        : { ...value, [key]: other },
    ]),
  )
}

/** Every record that differs from this one in one field, and is a record. */
export const rewrittenRecords = (record: TraceRecord): readonly (readonly [string, TraceRecord])[] =>
  variants(TraceRecordCodec.encode(record)).flatMap(([path, json]) => {
    const decoded = decode(TraceRecordCodec, json, { file: 'proxy', line: null })
    return isLeft(decoded) ? [] : [[path, decoded.right] as const]
  })

import * as t from 'io-ts'
import { type Access, type Call, isAccess, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { closed, tagged } from './closed.js'
import { ConfigCodec } from './config.js'
import { OperationCodec } from './operation.js'
import { natural, oneOf } from './scalars.js'
import { EndedCodec, ReturnedCodec } from './seen.js'

/** The name of the format, in the header of every trace. */
export const FORMAT = 'kvm-memslot-trace'
/** The version of the format; a trace of another version is refused. */
export const VERSION = 1

const N = natural(Number.MAX_SAFE_INTEGER, 'number of a record')
const Tid = natural(Number.MAX_SAFE_INTEGER, 'thread')
const ev = <E extends string>(name: E) => ({ ev: t.literal(name) })

const Header = closed(
  'header',
  { ...ev('header'), format: t.literal(FORMAT), version: t.literal(VERSION) },
  {
    profile: oneOf('linux', 'batch'),
    config: ConfigCodec,
    target: closed('target', { name: t.string, version: t.string }, { features: t.readonlyArray(t.string) }),
  },
)
const Wait = closed('access-wait', { ...ev('access-wait'), of: N })
const Choice = closed('choice', { ...ev('choice'), what: t.string }, { of: N, tid: Tid, value: t.unknown })
const Note = closed('note', { ...ev('note'), text: t.string }, { src: t.string })
const End = closed('end', { ...ev('end') })

/** The first record of a trace. */
export type Header = t.TypeOf<typeof Header>
/** A call begins. */
export interface CallRecord {
  readonly ev: 'call'
  /** The number of the operation, which its `return` gives as `of`. */
  readonly n: number
  readonly tid: number
  readonly operation: Call
  /** A place in a program, for people. */
  readonly src?: string
}
/** A call returns. */
export interface ReturnRecord {
  readonly ev: 'return'
  readonly of: number
  readonly seen: Exclude<Seen, { is: 'access' }>
}
/** An access begins. */
export interface AccessRecord {
  readonly ev: 'access'
  readonly n: number
  readonly tid: number
  readonly operation: Access
  /** The operation of which this access is a part. */
  readonly parent?: number
}
/** An access ends. */
export interface AccessEndRecord {
  readonly ev: 'access-end'
  readonly of: number
  readonly seen: Extract<Seen, { is: 'access' }>
}
/** One line of a trace, decoded. */
export type TraceRecord =
  | Header
  | CallRecord
  | ReturnRecord
  | AccessRecord
  | AccessEndRecord
  | t.TypeOf<typeof Wait>
  | t.TypeOf<typeof Choice>
  | t.TypeOf<typeof Note>
  | t.TypeOf<typeof End>

type Fields = Readonly<Record<string, unknown>>
const isFields = (u: unknown): u is Fields => typeof u === 'object' && u !== null

/**
 * A record of its own fields and, on the same level, the fields of an inner value, which are kept under one key in
 * memory.
 */
const beside = (
  name: string,
  own: Readonly<Record<string, t.Mixed>>,
  options: Readonly<Record<string, t.Mixed>>,
  under: string,
  inner: t.Mixed,
): t.Type<Fields, Fields, unknown> => {
  const Own = closed(name, own, options)
  const names = new Set([...Object.keys(own), ...Object.keys(options)])
  const part = (u: Fields, mine: boolean): Fields =>
    Object.fromEntries(Object.entries(u).filter(([key]) => names.has(key) === mine))
  return new t.Type<Fields, Fields, unknown>(
    name,
    isFields,
    (u, c) => {
      if (!isFields(u)) return t.failure(u, c)
      const first = Own.validate(part(u, true), c)
      const second = inner.validate(part(u, false), c)
      if (first._tag === 'Left') return first
      if (second._tag === 'Left') return second
      return t.success({ ...first.right, [under]: second.right })
    },
    a => ({ ...Own.encode(a as never), ...inner.encode(a[under]) }),
  )
}

/** The operations that are accesses, or those that are calls: each kind has a record of its own. */
const some = (name: string, access: boolean): t.Type<Operation, Record<string, unknown>, unknown> => {
  const refuse = new t.Type<never, never, unknown>(
    name,
    (_): _ is never => false,
    t.failure,
    a => a,
  )
  return new t.Type(
    name,
    (u): u is Operation => OperationCodec.is(u) && isAccess(u) === access,
    (u, c) => {
      const decoded = OperationCodec.validate(u, c)
      if (decoded._tag === 'Left' || isAccess(decoded.right) === access) return decoded
      const { op } = decoded.right
      return refuse.validate(op, t.appendContext(c, 'op', refuse, op))
    },
    a => OperationCodec.encode(a),
  )
}

/** One line of a trace, as JSON. */
export const TraceRecordCodec = tagged('trace record', 'ev', {
  header: Header,
  call: beside(
    'call',
    { ...ev('call'), n: N, tid: Tid },
    { src: t.string },
    'operation',
    some('an operation that is no access', false),
  ),
  return: beside('return', { ...ev('return'), of: N }, {}, 'seen', ReturnedCodec),
  access: beside(
    'access',
    { ...ev('access'), n: N, tid: Tid },
    { parent: N },
    'operation',
    some('an operation that is an access', true),
  ),
  'access-end': beside('access-end', { ...ev('access-end'), of: N }, {}, 'seen', EndedCodec),
  'access-wait': Wait,
  choice: Choice,
  note: Note,
  end: End,
}) as unknown as t.Type<TraceRecord, Fields, unknown> // `beside` types its members no closer than Fields

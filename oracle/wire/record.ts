import * as t from 'io-ts'
import { type Access, type Call, isAccess, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { closed, tagged } from './closed.js'
import { ConfigCodec } from './config.js'
import { OperationCodec } from './operation.js'
import { natural, oneOf } from './scalars.js'
import { EndedCodec, ReturnedCodec } from './seen.js'

export const FORMAT = 'kvm-memslot-trace'
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

export type Header = t.TypeOf<typeof Header>
export interface CallRecord {
  readonly ev: 'call'
  /** Names the record; its `return` says `of`. */
  readonly n: number
  readonly tid: number
  readonly operation: Call
  readonly src?: string
}
export interface ReturnRecord {
  readonly ev: 'return'
  readonly of: number
  readonly seen: Exclude<Seen, { is: 'access' }>
}
export interface AccessRecord {
  readonly ev: 'access'
  readonly n: number
  readonly tid: number
  readonly operation: Access
  /** The operation of which this access is a part. */
  readonly parent?: number
}
export interface AccessEndRecord {
  readonly ev: 'access-end'
  readonly of: number
  readonly seen: Extract<Seen, { is: 'access' }>
}
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

/** A record whose own fields stand first and those of an inner value beside them on the same line. */
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

/** Operations that are accesses, or those that are not: the other kind has a record of its own. */
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

/** One line of a trace. */
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

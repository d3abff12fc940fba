import { type Either, isLeft, left, map, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { closed, tagged } from '../../../oracle/wire/closed.js'
import { ConfigCodec } from '../../../oracle/wire/config.js'
import { decode, decodeJson, type InputError, type Origin } from '../../../oracle/wire/decode.js'
import { ProgramCodec } from '../../../oracle/wire/program.js'
import { type TraceRecord, TraceRecordCodec } from '../../../oracle/wire/record.js'
import { natural } from '../../../oracle/wire/scalars.js'
import { HelloCodec } from '../target.js'

/** The version of `conformance/PROTOCOL.md`. */
export const PROTOCOL = 1

const does = <D extends string>(name: D) => ({ do: t.literal(name) })

/** What the harness says, one line each. */
export const RequestCodec = tagged('request', 'do', {
  hello: closed('hello', { ...does('hello'), protocol: natural() }),
  open: closed('open', { ...does('open'), config: ConfigCodec }),
  reset: closed('reset', does('reset'), { config: ConfigCodec }),
  run: closed('run', { ...does('run'), program: ProgramCodec }),
  close: closed('close', does('close')),
})
export type Request = t.TypeOf<typeof RequestCodec>

/** Characters of a reason that are shown. */
const SAID = 1000

const Ok = closed('{"ok": true}', { ok: t.literal(true) })
const Refusal = closed('refusal', { error: t.string })

/** A line of an answer: what was asked for, or a refusal. */
export type Answer<A> =
  | { readonly kind: 'said'; readonly value: A }
  | { readonly kind: 'refused'; readonly because: string }

const isRefusal = (value: unknown): boolean => typeof value === 'object' && value !== null && 'error' in value

const answer = <A>(
  codec: t.Type<A, unknown, unknown>,
  line: string,
  origin: Origin,
): Either<InputError, Answer<A>> => {
  const json = decodeJson(t.unknown, line, origin)
  if (isLeft(json)) return json
  if (isRefusal(json.right))
    return map(
      (r: t.TypeOf<typeof Refusal>): Answer<A> => ({
        kind: 'refused',
        because: r.error.length > SAID ? `${r.error.slice(0, SAID)}…` : r.error,
      }),
    )(decode(Refusal, json.right, origin))
  return map((value: A): Answer<A> => ({ kind: 'said', value }))(decode(codec, json.right, origin))
}

export const helloAnswer = (line: string, origin: Origin) => answer(HelloCodec, line, origin)
export const okAnswer = (line: string, origin: Origin) => answer(Ok, line, origin)

/** A line of a run. A header is none: the harness writes the one of the trace. */
export const runAnswer = (line: string, origin: Origin): Either<InputError, Answer<TraceRecord>> => {
  const decoded = answer(TraceRecordCodec, line, origin)
  if (isLeft(decoded) || decoded.right.kind === 'refused' || decoded.right.value.ev !== 'header')
    return decoded
  return left({ ...origin, path: 'ev', found: '"header"', expected: 'any other record: a run has no header' })
}

export const requestOf = (line: string, origin: Origin): Either<InputError, Request> => {
  const decoded = decodeJson(RequestCodec, line, origin)
  return isLeft(decoded) ? decoded : right(decoded.right as Request)
}

export const requestLine = (request: Request): string => `${JSON.stringify(RequestCodec.encode(request))}\n`

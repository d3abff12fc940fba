import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { type JsonFault, parseJson } from './json.js'

/** A fault of an input: where it is, what was found and what was expected. */
export interface InputError {
  readonly file: string
  /** From 1; null where the input is not read by lines. */
  readonly line: number | null
  /** From 1, in characters; only of a fault of the text itself. */
  readonly column?: number
  /** Path within the value, like `entries.2.size`; empty for the value itself. */
  readonly path: string
  /** The value found, as JSON, cut at 80 characters; `nothing` where a field is missing. */
  readonly found: string
  /** The name of the type expected there. */
  readonly expected: string
}

/** Where a value comes from: a file, and its line from 1 or null. */
export interface Origin {
  readonly file: string
  readonly line: number | null
}

/** What a text that is cut at 80 characters can show. */
const SHOWN = { depth: 16, members: 40 } as const

/** As much of a value as can be shown: whatever it is, showing it cannot fail. */
const pruned = (value: unknown, depth: number): unknown => {
  // A refinement refuses a value that is already decoded, so 64-bit values in it are bigints.
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, SHOWN.members).map(inner => pruned(inner, depth - 1))
  const fields = Object.entries(value).slice(0, SHOWN.members)
  return Object.fromEntries(fields.map(([key, inner]) => [key, pruned(inner, depth - 1)]))
}

/** A value as JSON, cut at 80 characters; `nothing` where there is none. */
export const briefly = (value: unknown): string => {
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : pruned(value, SHOWN.depth))
  if (text === undefined) return value === undefined ? 'nothing' : typeof value
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

const describe = (error: t.ValidationError, origin: Origin): InputError => {
  const last = error.context.at(-1)
  // io-ts adds steps without a key (refinements, pipes) and numbers for the members of an intersection.
  const path = error.context
    .map(entry => entry.key)
    .filter(key => key !== '')
    .join('.')
  return { ...origin, path, found: briefly(error.value), expected: last?.type.name ?? 'something else' }
}

/**
 * Decodes a value from outside. Left: its first fault.
 *
 * @example
 * const config = decode(ConfigCodec, value, { file: 'config.json', line: null })
 */
export const decode = <A>(
  codec: t.Type<A, unknown, unknown>,
  value: unknown,
  origin: Origin,
): Either<InputError, A> => {
  const decoded = codec.decode(value)
  if (decoded._tag === 'Right') return right(decoded.right)
  const [first] = decoded.left
  return left(
    first === undefined
      ? { ...origin, path: '', found: briefly(value), expected: codec.name }
      : describe(first, origin),
  )
}

/** A fault of a text that came from `origin`, with the line and the column of its place. */
const faultOfText = (text: string, origin: Origin, { at, found, expected }: JsonFault): InputError => {
  const before = text.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = origin.line ?? before.split('\n').length
  return { ...origin, line, column: at - lineStart + 1, path: '', found, expected }
}

/**
 * Parses a text as JSON and decodes it. Left: that it is no JSON, has a key twice or is nested too deeply, with line and
 * column; or its first fault.
 */
export const decodeJson = <A>(
  codec: t.Type<A, unknown, unknown>,
  text: string,
  origin: Origin,
): Either<InputError, A> => {
  const parsed = parseJson(text)
  return isLeft(parsed) ? left(faultOfText(text, origin, parsed.left)) : decode(codec, parsed.right, origin)
}

/** The error in a line: `FILE:LINE:COLUMN: PATH: found X, expected Y`. */
export const printInputError = ({ file, line, column, path, found, expected }: InputError): string =>
  `${file}${line === null ? '' : `:${line}`}${column === undefined ? '' : `:${column}`}: ${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`

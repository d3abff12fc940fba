import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'

/** A fault of an input: where it is, what was found and what was expected. */
export interface InputError {
  readonly file: string
  /** From 1; null where the input is not read by lines. */
  readonly line: number | null
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

const brief = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  // A refinement refuses a value that is already decoded, so 64-bit values in it are bigints.
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

const describe = (error: t.ValidationError, origin: Origin): InputError => {
  const last = error.context.at(-1)
  // io-ts adds steps without a key (refinements, pipes) and numbers for the members of an intersection.
  const path = error.context
    .map(entry => entry.key)
    .filter(key => key !== '')
    .join('.')
  return { ...origin, path, found: brief(error.value), expected: last?.type.name ?? 'something else' }
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
      ? { ...origin, path: '', found: brief(value), expected: codec.name }
      : describe(first, origin),
  )
}

/** Parses a text as JSON and decodes it. Left: that it is not JSON, or its first fault. */
export const decodeJson = <A>(
  codec: t.Type<A, unknown, unknown>,
  text: string,
  origin: Origin,
): Either<InputError, A> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return left({ ...origin, path: '', found: brief(text), expected: 'JSON' })
  }
  return decode(codec, value, origin)
}

/** The error in a line: `FILE:LINE: PATH: found X, expected Y`. */
export const printInputError = ({ file, line, path, found, expected }: InputError): string =>
  `${file}${line === null ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`

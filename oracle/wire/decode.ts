import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'

/** Something from outside that is not what it should be: where, what was found, what was expected. */
export interface InputError {
  readonly file: string
  /** 1-based; null where the input has no lines. */
  readonly line: number | null
  /** Path within the value, like `entries.2.size`; empty for the value itself. */
  readonly path: string
  readonly found: string
  readonly expected: string
}

export interface Origin {
  readonly file: string
  readonly line: number | null
}

const brief = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  // What a refinement refuses has been decoded already, so that 64-bit values in it are no strings any more.
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

/** Decodes a value from outside; the first thing that is wrong with it is told. */
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

/** Decodes a line of JSON. */
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

export const printInputError = ({ file, line, path, found, expected }: InputError): string =>
  `${file}${line === null ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`

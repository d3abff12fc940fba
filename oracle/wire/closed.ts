import { isLeft } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

type Fields = Readonly<Record<string, t.Mixed>>
type Out<F extends Fields> = { readonly [K in keyof F]: t.TypeOf<F[K]> }
type OutSome<F extends Fields> = { readonly [K in keyof F]?: t.TypeOf<F[K]> }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field that begins `x-` is the implementation's own. It is kept and not looked at. */
const isExtension = (key: string): boolean => key.startsWith('x-')

/**
 * A codec for an object with exactly these fields. A missing required field is an error that names it, and so is any
 * other key, except one that begins `x-`, which is kept. Keys are written in the order in which they are declared.
 *
 * @param name the name of the type in errors
 * @example
 * const Range = closed('range', { first: natural(), count: natural() }, { note: t.string })
 */
export const closed = <R extends Fields, O extends Fields = Record<never, never>>(
  name: string,
  required: R,
  optional: O = {} as O,
): t.Type<Out<R> & OutSome<O>, Record<string, unknown>, unknown> => {
  type A = Out<R> & OutSome<O>
  const keys = [...Object.keys(required), ...Object.keys(optional)]
  const fields: Fields = { ...required, ...optional }
  const known = new Set(keys)
  const codecOf = (key: string): t.Mixed => fields[key] as t.Mixed // keys are the keys of fields

  return new t.Type<A, Record<string, unknown>, unknown>(
    name,
    (u): u is A => isRecord(u) && keys.every(k => (u[k] === undefined ? k in optional : codecOf(k).is(u[k]))),
    (u, context) => {
      if (!isRecord(u)) return t.failure(u, context)
      const errors: t.ValidationError[] = []
      const out: Record<string, unknown> = {}
      for (const key of keys) {
        const codec = codecOf(key)
        const found = u[key]
        if (found === undefined) {
          if (key in required)
            errors.push({ value: undefined, context: t.appendContext(context, key, codec) })
          continue
        }
        const decoded = codec.validate(found, t.appendContext(context, key, codec, found))
        if (isLeft(decoded)) errors.push(...decoded.left)
        else out[key] = decoded.right
      }
      for (const key of Object.keys(u)) {
        if (known.has(key)) continue
        if (isExtension(key)) out[key] = u[key]
        else errors.push({ value: u[key], context: t.appendContext(context, key, noSuchField) })
      }
      return errors.length > 0 ? t.failures(errors) : t.success(out as A)
    },
    a => {
      const from = a as Record<string, unknown>
      const out: Record<string, unknown> = {}
      for (const key of keys) if (from[key] !== undefined) out[key] = codecOf(key).encode(from[key])
      for (const key of Object.keys(from)) if (isExtension(key)) out[key] = from[key]
      return out
    },
  )
}

/**
 * A codec whose fields must go together as well. `wrong` gives the field that does not, by its path, with what was expected
 * there; null where all do.
 */
export const together = <A>(
  codec: t.Type<A, Record<string, unknown>, unknown>,
  wrong: (
    value: A,
  ) => { readonly path: readonly string[]; readonly found: unknown; readonly expected: string } | null,
): t.Type<A, Record<string, unknown>, unknown> =>
  new t.Type<A, Record<string, unknown>, unknown>(
    codec.name,
    (u): u is A => codec.is(u) && wrong(u) === null,
    (u, context) => {
      const decoded = codec.validate(u, context)
      const fault = isLeft(decoded) ? null : wrong(decoded.right)
      if (fault === null) return decoded
      const { path, found, expected } = fault
      const there = path.reduce((at, key) => t.appendContext(at, key, never(expected)), context)
      return t.failures([{ value: found, context: there }])
    },
    codec.encode,
  )

const never = (expected: string) =>
  new t.Type<never, never, unknown>(
    expected,
    (_): _ is never => false,
    t.failure,
    a => a,
  )

const noSuchField = never('no such field')

/**
 * A codec for a union whose members differ in the string under the key `tag`. The error for a malformed value is that
 * of the member it names; an unknown name is reported with the names there are.
 *
 * @example
 * const Shape = tagged('shape', 'is', { page: closed('page', { is: t.literal('page') }) })
 */
export const tagged = <M extends Readonly<Record<string, t.Mixed>>>(
  name: string,
  tag: string,
  members: M,
): t.Type<t.TypeOf<M[keyof M]>, Record<string, unknown>, unknown> => {
  type A = t.TypeOf<M[keyof M]>
  const tags = new t.Type<string, string, unknown>(
    Object.keys(members).join(' | '),
    (u): u is string => typeof u === 'string' && Object.hasOwn(members, u),
    (u, c) => (typeof u === 'string' && Object.hasOwn(members, u) ? t.success(u) : t.failure(u, c)),
    a => a,
  )
  const memberOf = (u: unknown): t.Mixed | null =>
    isRecord(u) && tags.is(u[tag]) ? (members[u[tag]] as t.Mixed) : null // tags.is says it is a key
  return new t.Type<A, Record<string, unknown>, unknown>(
    name,
    (u): u is A => memberOf(u)?.is(u) ?? false,
    (u, context) => {
      if (!isRecord(u)) return t.failure(u, context)
      const member = memberOf(u)
      return member === null
        ? t.failures([{ value: u[tag], context: t.appendContext(context, tag, tags) }])
        : (member.validate(u, context) as t.Validation<A>)
    },
    a => memberOf(a)?.encode(a) as Record<string, unknown>, // an A is always a member
  )
}

import { briefly } from '../../oracle/wire/decode.js'
import type { Operation } from '../../spec/terms/operation.js'

/** A record that is not what was asked: where in it, what was found, and what was expected. */
export interface Misfit {
  /** Path within the record; empty for the record itself. */
  readonly path: string
  readonly found: string
  readonly expected: string
}

export const shown = (value: unknown): string => briefly(value)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Fields that count: those that are there, but for the implementation's own, which begin `x-`. */
const keysOf = (value: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(value).filter(key => value[key] !== undefined && !key.startsWith('x-'))

/** The path of the first field in which two values differ; null where they are the same. */
const differs = (asked: unknown, said: unknown, path: readonly string[]): readonly string[] | null => {
  if (Object.is(asked, said)) return null
  if (!isObject(asked) || !isObject(said) || Array.isArray(asked) !== Array.isArray(said)) return path
  for (const key of new Set([...keysOf(asked), ...keysOf(said)])) {
    const different = differs(asked[key], said[key], [...path, key])
    if (different !== null) return different
  }
  return null
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

/** How an operation that was begun differs from the one that was asked; null where they are the same. */
export const differenceOf = (asked: Operation, said: Operation): Misfit | null => {
  if (asked === said) return null
  const path = asked.op === said.op ? differs(asked, said, []) : ['op']
  return path === null
    ? null
    : { path: path.join('.'), found: shown(at(said, path)), expected: `${shown(at(asked, path))}, as asked` }
}

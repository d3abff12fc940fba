import type { Bindings } from './rule.js'

/** A pattern turned into code once: `test` decides, `select` gives what `P.select` names. */
export interface CompiledPattern {
  readonly test: (value: unknown) => boolean
  readonly select: (value: unknown) => Bindings
}

/** The protocol ts-pattern's own matchers answer to; the symbol is registered under this name by the library. */
const MATCHER = Symbol.for('@ts-pattern/matcher')
const VARIADIC = Symbol.for('@ts-pattern/isVariadic')

interface Protocol {
  readonly match: (value: unknown) => { readonly matched: boolean; readonly selections?: Bindings }
  readonly getSelectionKeys?: unknown
  readonly matcherType?: string
}

type Test = (value: unknown) => boolean
type Select = (value: unknown, into: Record<string, unknown>) => void
interface Parts {
  readonly test: Test
  readonly select: Select | null
}

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null

const protocolOf = (pattern: unknown): Protocol | null =>
  isObject(pattern) && MATCHER in pattern ? (pattern[MATCHER] as () => Protocol)() : null

const ofMatcher = (matcher: Protocol): Parts => {
  const { match } = matcher
  // Not by the keys it lists: the library leaves out selections under a symbol key.
  const named = matcher.getSelectionKeys !== undefined
  return {
    test: value => match(value).matched,
    select: named ? (value, into) => Object.assign(into, match(value).selections) : null,
  }
}

const ofLiteral = (literal: unknown): Parts => ({
  // Object.is, not ===: a pattern NaN matches NaN, and 0 does not match -0, as in the library.
  test: typeof literal === 'number' ? value => Object.is(value, literal) : value => value === literal,
  select: null,
})

const allOf = (tests: readonly Test[]): Test => {
  const [first, second, third] = tests
  if (first === undefined) return isObject
  if (second === undefined) return value => isObject(value) && first(value)
  if (third === undefined) return value => isObject(value) && first(value) && second(value)
  return value => isObject(value) && tests.every(test => test(value))
}

/** The commonest pattern of a key, asked in one closure instead of two. No literal but `undefined` needs a look at the key. */
const ofLiteralKey = (key: PropertyKey, literal: string | boolean | null): Parts => ({
  test: value => (value as Record<PropertyKey, unknown>)[key] === literal,
  select: null,
})

const ofKey = (key: PropertyKey, sub: unknown): Parts => {
  if (typeof sub === 'string' || typeof sub === 'boolean' || sub === null) return ofLiteralKey(key, sub)
  const parts = compileParts(sub)
  const { test, select } = parts
  const optional = protocolOf(sub)?.matcherType === 'optional'
  // The object around it has been tested when a key is, so the casts hold.
  const at = (value: unknown) => (value as Record<PropertyKey, unknown>)[key]
  return {
    test: optional
      ? value => test(at(value))
      : value => {
          const inner = at(value)
          return (inner !== undefined || key in (value as object)) && test(inner)
        },
    select: select === null ? null : (value, into) => select(at(value), into),
  }
}

/** Unlike a key, an index below the length is always there: a hole reads as undefined. */
const ofIndex = (sub: unknown, index: number): Parts => {
  const { test, select } = compileParts(sub)
  const at = (value: unknown) => (value as readonly unknown[])[index] // asked of arrays only
  return {
    test: value => test(at(value)),
    select: select === null ? null : (value, into) => select(at(value), into),
  }
}

const ofArray = (patterns: readonly unknown[]): Parts => {
  const items = patterns.map(ofIndex)
  const tests = items.map(item => item.test)
  return {
    test: value => Array.isArray(value) && value.length === tests.length && tests.every(test => test(value)),
    select: joinSelects(items),
  }
}

const joinSelects = (parts: readonly Parts[]): Select | null => {
  const selects = parts.flatMap(part => part.select ?? [])
  return selects.length === 0
    ? null
    : (value, into) => {
        for (const select of selects) select(value, into)
      }
}

const compileParts = (pattern: unknown): Parts => {
  const matcher = protocolOf(pattern)
  if (matcher !== null) return ofMatcher(matcher)
  if (!isObject(pattern)) return ofLiteral(pattern)
  if (Array.isArray(pattern)) {
    if (pattern.some(item => isObject(item) && VARIADIC in item)) {
      throw new Error('variadic array patterns are not compiled: no rule has one') // a fault of a rule, found at load
    }
    return ofArray(pattern)
  }
  const items = Reflect.ownKeys(pattern).map(key => ofKey(key, pattern[key]))
  return { test: allOf(items.map(item => item.test)), select: joinSelects(items) }
}

const NOTHING: Bindings = Object.freeze({})

/**
 * Compiles a ts-pattern pattern. Objects, arrays and literals become closures; the library's own matchers are asked
 * through their protocol, so that the two agree by construction there and by test elsewhere.
 */
export const compilePattern = (pattern: unknown): CompiledPattern => {
  const { test, select } = compileParts(pattern)
  if (select === null) return { test, select: () => NOTHING }
  return {
    test,
    select: value => {
      const into: Record<string, unknown> = {}
      select(value, into)
      return into
    },
  }
}

/** The literal a pattern demands at a path, or null where it demands none: what rules are indexed by. */
export const literalAt = (pattern: unknown, path: readonly string[]): string | null => {
  const [key, ...rest] = path
  if (key === undefined) return typeof pattern === 'string' ? pattern : null
  return isObject(pattern) && protocolOf(pattern) === null ? literalAt(pattern[key], rest) : null
}

/** Whether a pattern demands a literal at the path and nothing besides: an index by that literal then decides it. */
export const demandsOnly = (pattern: unknown, path: readonly string[]): boolean => {
  const [key, ...rest] = path
  if (key === undefined) return typeof pattern === 'string'
  if (!isObject(pattern) || protocolOf(pattern) !== null || Array.isArray(pattern)) return false
  return Reflect.ownKeys(pattern).length === 1 && demandsOnly(pattern[key], rest)
}

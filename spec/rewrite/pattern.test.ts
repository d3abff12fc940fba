import { isMatching, match, P } from 'ts-pattern'
import { describe, expect, it } from 'vitest'
import { below, chance, pick, type Random, seeded } from '../generate/index.js'
import { compilePattern } from './index.js'
import { literalAt } from './pattern.js'

const MARK = Symbol('mark')
const KEYS = ['a', 'b', 'c', MARK] as const
const LEAVES: readonly unknown[] = [
  0,
  -0,
  1,
  2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  0n,
  1n,
  '',
  'a',
  'b',
  true,
  false,
  null,
  undefined,
  MARK,
]

const value = (r: Random, depth = 3): unknown => {
  if (depth === 0 || chance(r, 0.45)) return pick(r, LEAVES)
  if (chance(r, 0.3)) {
    const items = Array.from({ length: below(r, 4) }, () => value(r, depth - 1))
    if (items.length > 1 && chance(r, 0.1)) delete items[0] // a hole in the array
    return items
  }
  // A key may be missing, and it may be there and undefined.
  return Object.fromEntries(KEYS.filter(() => chance(r, 0.6)).map(key => [key, value(r, depth - 1)]))
}

/** A pattern near a value, so that about half of them match; some parts select what they see. */
const pattern = (r: Random, near: unknown, depth = 3): unknown => {
  const again = () => pattern(r, chance(r, 0.8) ? near : value(r, 1), depth - 1)
  const makers: readonly (() => unknown)[] = [
    () => near,
    () => near,
    () => pick(r, LEAVES),
    () => P.any,
    () => pick(r, [P.string, P.number, P.bigint, P.boolean, P.nullish, P.nonNullable, P.symbol]),
    () => P.when(v => typeof v === typeof near),
    () => P.select(pick(r, ['x', 'y', 'z'])),
    ...(depth === 0
      ? []
      : [
          () => P.union(again() as never, again() as never),
          () => P.intersection(again() as never, P.any),
          () => P.not(again() as never),
          () => P.optional(again() as never),
          () => P.select(pick(r, ['x', 'y', 'z']), again() as never),
          () => P.array(again() as never),
          () => P.array(P.union(P.number, P.select('each', P.string)) as never),
        ]),
  ]
  if (typeof near !== 'object' || near === null || chance(r, 0.2)) return pick(r, makers)()
  if (Array.isArray(near)) return Array.from(near, item => pattern(r, item, depth - 1))
  const names = KEYS.filter(key => (key in near ? chance(r, 0.7) : chance(r, 0.15)))
  return Object.fromEntries(
    names.map(key => {
      const inner = pattern(r, (near as Record<PropertyKey, unknown>)[key], depth - 1)
      return [key, chance(r, 0.15) ? P.optional(inner as never) : inner]
    }),
  )
}

const NOTHING_SELECTED = Symbol('nothing selected')
const selectedByLibrary = (asked: unknown, given: unknown): unknown =>
  match(given)
    .with(asked as never, (selected: unknown) => (Object.is(selected, given) ? {} : selected))
    .otherwise(() => NOTHING_SELECTED)

const shown = (asked: unknown, given: unknown) => ({ asked, given })

describe('a compiled pattern', () => {
  it('matches what the library matches and selects what it selects, on 40 000 random pairs', () => {
    const r = seeded(41)
    let matched = 0
    let selecting = 0
    for (let n = 0; n < 40_000; n++) {
      const given = value(r)
      const asked = pattern(r, chance(r, 0.8) ? given : value(r))
      const { test, select } = compilePattern(asked)
      const expected = isMatching(asked as never, given as never)
      if (test(given) !== expected) expect({ ...shown(asked, given), matches: test(given) }).toEqual(expected)
      if (!expected) continue
      matched++
      const selections = selectedByLibrary(asked, given)
      if (Object.keys(selections as object).length > 0) selecting++
      expect(select(given)).toEqual(selections)
    }
    expect(matched).toBeGreaterThan(10_000)
    expect(matched).toBeLessThan(36_000)
    expect(selecting).toBeGreaterThan(3_000)
  })

  it('tells a missing key from one that is undefined, unless the key is optional', () => {
    expect(compilePattern({ a: undefined }).test({})).toBe(false)
    expect(compilePattern({ a: undefined }).test({ a: undefined })).toBe(true)
    expect(compilePattern({ a: P.optional(1) }).test({})).toBe(true)
    expect(compilePattern({ a: P.any }).test({})).toBe(false)
  })
  it('matches NaN by NaN, and tells 0 from −0', () => {
    expect(compilePattern({ n: Number.NaN }).test({ n: Number.NaN })).toBe(true)
    expect(compilePattern(0).test(-0)).toBe(false)
    expect(compilePattern(-0).test(-0)).toBe(true)
  })
  it('matches keys that are symbols, and keys the value inherits', () => {
    expect(compilePattern({ [MARK]: 1 }).test({ [MARK]: 1 })).toBe(true)
    expect(compilePattern({ [MARK]: 1 }).test({ [MARK]: 2 })).toBe(false)
    expect(compilePattern({ a: 1 }).test(Object.create({ a: 1 }))).toBe(
      isMatching({ a: 1 }, Object.create({ a: 1 })),
    )
  })
  it('takes a hole in an array for undefined, as the library does', () => {
    const holed: unknown[] = [1, 2]
    delete holed[0]
    expect(compilePattern([undefined, 2]).test(holed)).toBe(
      isMatching([undefined, 2] as never, holed as never),
    )
  })
  it('refuses a variadic pattern when it is compiled, not when it is asked', () => {
    expect(() => compilePattern([1, ...P.array(P.number)])).toThrow('variadic')
  })
})

describe('the literal at a path of a pattern', () => {
  it.each([
    [{ call: { op: 'set' } }, 'set'],
    [{ call: { op: P.union('set', 'batch') } }, null],
    [{ call: P.nonNullable }, null],
    [{ call: { op: 7 } }, null],
    [{}, null],
    [P.any, null],
  ])('%o demands %o at call.op', (asked, literal) => {
    expect(literalAt(asked, ['call', 'op'])).toBe(literal)
  })
})

import { describe, expect, it } from 'vitest'
import { below, chance, pick, type Random, seeded, shuffled } from '../generate/index.js'
import { identity } from './index.js'

/** A random value as data, and a copy of it with the keys of every object and map in another order. */
const value = (r: Random, depth = 3): readonly [unknown, unknown] => {
  const kind = depth === 0 ? below(r, 8) : below(r, 11)
  const leaves = [
    null,
    true,
    below(r, 3),
    -0,
    BigInt(below(r, 3)),
    pick(r, ['', 'a', '1', 'null', '1n', 'a,b:c']),
    undefined,
    Number.NaN,
  ]
  if (kind < 8) return [leaves[kind], leaves[kind]]
  const items = Array.from({ length: below(r, 4) }, () => value(r, depth - 1))
  if (kind === 8) return [items.map(i => i[0]), items.map(i => i[1])]
  const keyed = items.map(([a, b], i) => [`k${i}`, a, b] as const)
  const one = keyed.map(([k, a]) => [k, a] as const)
  const other = shuffled(r, keyed).map(([k, , b]) => [k, b] as const)
  return kind === 9 ? [Object.fromEntries(one), Object.fromEntries(other)] : [new Map(one), new Map(other)]
}

describe('identity', () => {
  it('does not depend on the order of keys, of objects or of maps', () => {
    const r = seeded(5)
    for (let n = 0; n < 3000; n++) {
      const [one, other] = value(r)
      expect(identity(one)).toBe(identity(other))
    }
  })

  it('is the same for a shared part as for two equal parts, and whether or not a part was named before', () => {
    const shared = { a: [1, 2] }
    identity(shared)
    expect(identity({ x: shared, y: shared })).toBe(identity({ y: { a: [1, 2] }, x: { a: [1, 2] } }))
  })

  it('takes a key that is undefined for one that is absent', () => {
    expect(identity({ a: undefined, b: 1 })).toBe(identity({ b: 1 }))
  })

  it('tells different values apart, whatever they look like when written', () => {
    const values: readonly unknown[] = [
      null,
      undefined,
      true,
      'true',
      'null',
      'undefined',
      0,
      -0,
      '0',
      0n,
      '0n',
      1,
      1n,
      Number.NaN,
      'NaN',
      '',
      [],
      {},
      new Map(),
      new Uint8Array(),
      [undefined],
      [null],
      [[]],
      [0],
      ['0'],
      [0, 1],
      [1, 0],
      [[0, 1]],
      [[0], 1],
      { a: 1 },
      { a: '1' },
      { a: null },
      { a: { b: 1 } },
      { a: 1, b: 1 },
      { 'a:1,b': 1 },
      { '{a': 1 },
      new Map([['a', 1]]),
      new Map([[1, 'a']]),
      new Map([['1', 'a']]),
      new Map<unknown, unknown>([[{ a: 1 }, 1]]),
      new Uint8Array([0]),
      new Uint8Array([0, 1]),
      new Uint8Array([1]),
      'B0',
      '{}',
      '[]',
      'M{}',
      '"',
      '\\',
      '\\"',
    ]
    const names = values.map(identity)
    expect(new Set(names).size).toBe(values.length)
  })

  it('tells a value from any in which one leaf is changed', () => {
    const r = seeded(6)
    const change = (v: unknown): unknown => {
      if (Array.isArray(v) && v.length > 0 && chance(r, 0.8)) return v.with(below(r, v.length), change(v[0]))
      if (v instanceof Map || (typeof v === 'object' && v !== null)) return { changed: v }
      return ['changed', v]
    }
    for (let n = 0; n < 2000; n++) {
      const [one] = value(r)
      const other = change(one)
      if (!Object.is(one, other)) expect(identity(other)).not.toBe(identity(one))
    }
  })

  it('refuses what is no data', () => {
    for (const value of [() => 1, Symbol('s'), new Set([1]), new Date(0)]) {
      expect(() => identity({ value })).toThrow('a configuration holds')
    }
  })
})

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): small, fast, of period 2^32 at the very least. The whole state is four
 * numbers: a copy of them draws the same choices again. Drawing is repeatable, not unpredictable, and pure but for this
 * state. The one generator of spec, oracle and conformance; tests of `impl`, which imports nothing of spec,
 * have one of their own.
 */
export interface Random {
  a: number
  b: number
  c: number
  counter: number
}

/** A 32-bit number. */
const next = (r: Random): number => {
  const t = (((r.a + r.b) | 0) + r.counter) | 0
  r.counter = (r.counter + 1) | 0
  r.a = r.b ^ (r.b >>> 9)
  r.b = (r.c + (r.c << 3)) | 0
  r.c = (((r.c << 21) | (r.c >>> 11)) + t) | 0
  return t >>> 0
}

/** The rounds after which a poor seed has spread over the whole state. */
const WARM_UP = 12

/** The generator of sequence `i` under a seed: any sequence can be drawn alone, whatever came before it. */
export const seeded = (seed: number, i = 0): Random => {
  const r: Random = { a: seed | 0, b: Math.floor(seed / 2 ** 32) | 0, c: i | 0, counter: 1 }
  for (let round = 0; round < WARM_UP; round++) next(r)
  return r
}

/** A whole number in `[0, n)`. */
export const below = (r: Random, n: number): number => Math.floor((next(r) / 2 ** 32) * n)

/** A whole number in `[from, to]`. */
export const between = (r: Random, from: number, to: number): number => from + below(r, to - from + 1)

export const chance = (r: Random, probability: number): boolean => next(r) / 2 ** 32 < probability

/** One of the items; the list must not be empty. */
export const pick = <T>(r: Random, items: readonly T[]): T => items[below(r, items.length)] as T

/** The items that each pass a coin of the given bias, in their order. */
export const some = <T>(r: Random, items: readonly T[], probability = 0.5): readonly T[] =>
  items.filter(() => chance(r, probability))

/** The same items in another order. */
export const shuffled = <T>(r: Random, items: readonly T[]): readonly T[] => {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = below(r, i + 1)
    const item = result[i] as T // both indices lie within the list
    result[i] = result[j] as T
    result[j] = item
  }
  return result
}

/**
 * Marsaglia's xorshift with shifts 13, 17 and 5. Its whole state is one number in the open: whoever keeps it can draw
 * the same choices again.
 */
export interface Random {
  /** A 32-bit number, never zero. */
  state: number
}

/** Seeds that differ little begin at states that differ much. */
export const seeded = (seed: number): Random => ({
  state: (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1,
})

const draw = (r: Random): number => {
  let x = r.state
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  r.state = x >>> 0
  return r.state
}

/** A whole number in `[0, n)`. */
export const below = (r: Random, n: number): number => Math.floor((draw(r) / 2 ** 32) * n)

/** A whole number in `[from, to]`. */
export const between = (r: Random, from: number, to: number): number => from + below(r, to - from + 1)

export const chance = (r: Random, probability: number): boolean => draw(r) / 2 ** 32 < probability

/** One of the items; the list must not be empty. */
export const pick = <T>(r: Random, items: readonly T[]): T => items[below(r, items.length)] as T

/** The items that each pass a coin of the given bias, in their order. */
export const some = <T>(r: Random, items: readonly T[], probability = 0.5): readonly T[] =>
  items.filter(() => chance(r, probability))

export const shuffled = <T>(r: Random, items: readonly T[]): readonly T[] => {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = below(r, i + 1)
    const held = result[i] as T
    result[i] = result[j] as T
    result[j] = held
  }
  return result
}

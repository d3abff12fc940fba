import { describe, expect, it } from 'vitest'
import { below, seeded } from './random.js'

const draws = (seed: number, i: number) => {
  const r = seeded(seed, i)
  return Array.from({ length: 50 }, () => below(r, 1000))
}

describe('the generator of a sequence', () => {
  it('is the same for the same seed and number, and another for every other', () => {
    expect(draws(1, 2)).toEqual(draws(1, 2))
    const others = [draws(1, 3), draws(2, 2), draws(2, 1), draws(1 + 2 ** 32, 2)]
    for (const other of others) expect(other).not.toEqual(draws(1, 2))
  })

  it('draws every number of a small range about equally often', () => {
    const r = seeded(5, 5)
    const counts = Array.from({ length: 8 }, () => 0)
    for (let i = 0; i < 80_000; i++) counts[below(r, 8)]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('goes on from its state as it would have', () => {
    const r = seeded(3, 0)
    below(r, 9)
    const copy = { ...r }
    expect(below(copy, 1e6)).toBe(below(r, 1e6))
  })
})

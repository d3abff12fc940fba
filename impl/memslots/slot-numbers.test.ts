import { describe, expect, it } from 'vitest'
import { SlotNumbers } from './slot-numbers.js'

describe('numbers for slot ids', () => {
  it('are dense, whatever the ids', () => {
    const numbers = new SlotNumbers()
    expect([32_763, 0, 65_535].map(id => numbers.assign(id))).toEqual([0, 1, 2])
    expect([numbers.of(0), numbers.of(1), numbers.of(65_535), numbers.size]).toEqual([1, -1, 2, 3])
  })

  it('are given again once they are free, and `next` is the one that is given next', () => {
    const numbers = new SlotNumbers()
    for (const id of [7, 8, 9]) numbers.assign(id)
    expect([numbers.release(8), numbers.next, numbers.assign(5), numbers.next]).toEqual([1, 1, 1, 3])
  })

  it('throw when an id without one is released', () => {
    expect(() => new SlotNumbers().release(3)).toThrow('slot 3 has no number')
  })
})

import { describe, expect, it } from 'vitest'
import { machineWith, seeded } from '../generate/index.js'
import { cleanLog, clear, freshLog, join, mark, mayMark } from './dirty-log.js'
import { emptyMemory, load, store } from './memory.js'
import { addressOf, generation, hvaPage, pageOf, slotId, spaceId, u64 } from './numbers.js'
import { endOf } from './slot.js'
import { emptySpace, generationAfter, slotAt, slotById, withSlot } from './space.js'

const FRAMES = Array.from({ length: 40 }, (_, frame) => frame)

describe('a space', () => {
  it('finds by frame what a walk over all slots finds', () => {
    const r = seeded(71)
    for (let n = 0; n < 1500; n++) {
      for (const space of machineWith(r).spaces) {
        const walked = (frame: number) =>
          space.slots.find(slot => slot.base <= frame && frame < endOf(slot)) ?? null
        const wrong = FRAMES.filter(frame => slotAt(space, frame) !== walked(frame))
        expect(wrong).toEqual([])
      }
    }
  })
  it('finds nothing where it is empty', () => {
    expect([slotAt(emptySpace, 0), slotById(emptySpace, 0)]).toEqual([null, null])
  })
  it('replaces a slot by its id and stays sorted by base', () => {
    const r = seeded(72)
    for (let n = 0; n < 300; n++) {
      const { slots } = machineWith(r).spaces[0] ?? emptySpace
      const [first] = slots
      if (first === undefined) continue
      const moved = withSlot(slots, { ...first, base: 10_000 as typeof first.base })
      expect(moved).toHaveLength(slots.length)
      expect(moved.at(-1)?.id).toBe(first.id)
      expect(withSlot(slots, { ...first, id: slotId(99), base: 10_000 as typeof first.base })).toHaveLength(
        slots.length + 1,
      )
    }
  })
  it('shares no generation with another space, whatever the number of spaces', () => {
    for (const spaces of [1, 2, 3]) {
      const numbers = Array.from({ length: spaces }, (_, as) =>
        Array.from({ length: 5 }, (_, swaps) => generationAfter(spaceId(as), swaps, spaces)),
      )
      expect(new Set(numbers.flat()).size).toBe(spaces * 5)
    }
    expect([0, 1, 2].map(swaps => generationAfter(spaceId(1), swaps, 2))).toEqual([1, 3, 5].map(generation))
  })
})

describe('a dirty log', () => {
  it('is sure of what was written and unsure of what was read, until it is written or cleared', () => {
    const read = mayMark(mark(cleanLog, [0, 2]), [1, 4])
    expect(read).toEqual({ set: [0, 2], maybe: [2, 4] })
    expect(mark(read, [3, 4])).toEqual({ set: [0, 2, 3, 4], maybe: [2, 3] })
    expect(clear(read, [1, 3])).toEqual({ set: [0, 1], maybe: [3, 4] })
    expect(mayMark(read, [0, 1])).toBe(read)
  })
  it('starts all set only where that is asked for', () => {
    expect(freshLog(70, true).set).toEqual([0, 70])
    expect(freshLog(70, false)).toEqual(cleanLog)
  })
  it('joined to another is sure wherever either is', () => {
    expect(join({ set: [0, 1], maybe: [1, 3] }, { set: [2, 3], maybe: [0, 1, 5, 6] })).toEqual({
      set: [0, 1, 2, 3],
      maybe: [1, 2, 5, 6],
    })
  })
})

describe('memory', () => {
  it('reads zeros where nothing was written, and what was written last elsewhere', () => {
    const page = hvaPage(3)
    const once = store(emptyMemory, page, 4094, 'a1b2')
    expect(load(once, page, 4092, 4)).toBe('0000a1b2')
    expect(load(store(once, page, 4095, 'ff'), page, 4094, 2)).toBe('a1ff')
    expect(load(once, page, 4094, 2)).toBe('a1b2')
    expect(load(emptyMemory, page, 0, 2)).toBe('0000')
  })
})

describe('numbers', () => {
  it('of pages and addresses are exact up to the last page of 64 bits', () => {
    expect(pageOf(u64(2n ** 64n - 1n))).toBe(2 ** 52 - 1)
    expect(addressOf(2 ** 52 - 1)).toBe(2n ** 64n - 4096n)
    expect(pageOf(u64(4095))).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { NO_LOG, SlotColumns } from './slot-columns.js'

const slot = {
  id: 4711,
  base: 2 ** 51,
  npages: 2 ** 31 - 1,
  hva: 2 ** 35,
  flags: 3,
  log: 12,
  since: 2 ** 53 - 2,
}

describe('slot columns', () => {
  it('hold what was put, in every column, when they grow', () => {
    const columns = SlotColumns.create({ capacity: 2 })
    columns.put(1, slot)
    expect(columns.reserve(900)).toBe(true)
    columns.put(900, { ...slot, id: 5, log: NO_LOG })
    const { extents, hva, since, id, flags, log } = columns
    expect([id[1], extents[2], extents[3], hva[1], flags[1], log[1], since[1]]).toEqual([
      4711,
      2 ** 51,
      2 ** 31 - 1,
      2 ** 35,
      3,
      12,
      2 ** 53 - 2,
    ])
    expect([id[900], log[900]]).toEqual([5, -1])
  })

  it('say of any number whether it has a slot', () => {
    const columns = SlotColumns.create({ capacity: 2 })
    columns.put(1, slot)
    expect([0, 1, 2, 70_000, -1].map(number => columns.has(number))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ])
    columns.clear(1)
    expect(columns.has(1)).toBe(false)
  })

  it('refuse a number at their limit, and stay as they are', () => {
    const columns = SlotColumns.create({ capacity: 2, limit: 5 })
    columns.put(1, slot)
    expect([columns.reserve(4), columns.reserve(5), columns.capacity, columns.has(1)]).toEqual([
      true,
      false,
      5,
      true,
    ])
  })

  it('are read through their handle, and a reader sees when growth has replaced them', () => {
    const columns = SlotColumns.create()
    const reader = SlotColumns.attach(structuredClone(columns.handle))
    columns.put(3, slot)
    expect([reader.has(3), reader.hasMoved]).toEqual([true, false])
    columns.reserve(100)
    expect([reader.hasMoved, columns.hasMoved]).toEqual([true, false])
  })
})

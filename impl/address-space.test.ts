import { describe, expect, it } from 'vitest'
import { AddressSpace } from './address-space.js'
import type { Slot } from './slot.js'

function slot(id: number, base: number, npages: number, hva: number): Slot {
  return { id, base, npages, hva, flags: 0, bitmap: null, since: 0 }
}

function frames(space: AddressSpace): [number[], number[]] {
  const ids = (set: AddressSpace['current']) => Array.from({ length: 12 }, (_, gfn) => set.at(gfn)?.id ?? -1)
  return [ids(space.current), ids(space.other)]
}

describe('an address space', () => {
  it('starts at its own index and steps by the number of spaces', () => {
    const space = new AddressSpace(1, 3)
    expect(space.generation).toBe(1)
    space.publish([])
    expect([space.generation, space.swaps, space.generationAfter(2)]).toEqual([4, 1, 10])
  })

  it('holds the same slots in both sets at rest', () => {
    const space = new AddressSpace(0, 2)
    const [one, two] = [slot(1, 0, 4, 100), slot(2, 4, 4, 100)]
    space.publish([
      { old: undefined, next: one },
      { old: undefined, next: two },
    ])
    const [current, other] = frames(space)
    expect(current).toEqual([1, 1, 1, 1, 2, 2, 2, 2, -1, -1, -1, -1])
    expect(other).toEqual(current)
    expect(space.other.get(1)).toBe(space.current.get(1))
  })

  it('lets slots change places in one publication', () => {
    const space = new AddressSpace(0, 2)
    const [one, two] = [slot(1, 0, 4, 100), slot(2, 4, 4, 200)]
    space.publish([
      { old: undefined, next: one },
      { old: undefined, next: two },
    ])
    space.publish([
      { old: one, next: slot(1, 4, 4, 100) },
      { old: two, next: slot(2, 0, 4, 200) },
    ])
    const [current, other] = frames(space)
    expect(current).toEqual([2, 2, 2, 2, 1, 1, 1, 1, -1, -1, -1, -1])
    expect(other).toEqual(current)
  })

  it('finds every alias of a host page, and follows a slot that is re-backed in place', () => {
    const space = new AddressSpace(0, 2)
    const [one, two] = [slot(1, 0, 4, 100), slot(2, 4, 4, 102)]
    space.publish([
      { old: undefined, next: one },
      { old: undefined, next: two },
    ])
    const backed = (first: number, last: number) => {
      const ids: number[] = []
      space.current.forEachInHostPages(first, last, found => ids.push(found.id))
      return ids
    }
    expect([backed(99, 101), backed(103, 103), backed(106, 200)]).toEqual([[1], [1, 2], []])
    space.publish([{ old: two, next: { ...two, hva: 500 } }])
    expect([backed(103, 103), backed(503, 503), backed(504, 504)]).toEqual([[1], [2], []])
  })
})

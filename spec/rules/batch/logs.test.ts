import { describe, expect, it } from 'vitest'
import { type Brief, batchOf, entryOf, machineOf, pages, slotOf, take } from '../../generate/index.js'
import { removalOf } from '../../terms/build-batch.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { BatchEntry } from '../../terms/operation.js'
import { countPages, noPages, type PageSet, union } from '../../terms/page-set.js'
import type { Retired } from '../../terms/result.js'
import type { Slot } from '../../terms/slot.js'

const logs = (before: readonly Slot[], entries: readonly BatchEntry[], rest: Partial<Cells> = {}) => {
  const { slots, returned } = take(machineOf(before, {}, rest), batchOf(entries))
  return {
    bits: Object.fromEntries(slots.map(slot => [slot.id, slot.dirty?.set ?? null])) as Record<
      number,
      PageSet | null
    >,
    retired: (returned as { readonly retired: readonly Retired[] }).retired.map(
      ({ id, set }) => [id, set] as const,
    ),
  }
}
/** Slot 1: frames 0x100 to 0x10f, host pages 0x1000 on, pages 0, 3, 7, 8 and 15 dirty. */
const LOGGED: Brief = [1, 0x100, 16, 0x1000, 'L']
const one = [slotOf(LOGGED, [0, 3, 7, 8, 15])]
const allSet = { protect: 3 } as const

describe('the logs of a batch, worked out by hand', () => {
  it('a hole punched into a logged slot retires the bits in the hole and carries the rest', () => {
    const entries = [entryOf([1, 0x100, 3, 0x1000, 'L']), entryOf([2, 0x108, 8, 0x1008, 'L'])]
    expect(logs(one, entries)).toEqual({ bits: { 1: pages(0), 2: pages(0, 7) }, retired: [[1, pages(3, 7)]] })
  })
  it('a split at an odd page carries every bit, counted from its part', () => {
    const entries = [entryOf([1, 0x100, 7, 0x1000, 'L']), entryOf([2, 0x107, 9, 0x1007, 'L'])]
    expect(logs(one, entries)).toEqual({ bits: { 1: pages(0, 3), 2: pages(0, 1, 8) }, retired: [] })
  })
  it('a merge carries the bits of both', () => {
    const two = [slotOf([1, 0x100, 3, 0x1000, 'L'], [0, 2]), slotOf([2, 0x103, 5, 0x1003, 'L'], [0, 4])]
    const entries = [entryOf([1, 0x100, 8, 0x1000, 'L']), removalOf(2)]
    expect(logs(two, entries)).toEqual({ bits: { 1: pages(0, 2, 3, 7) }, retired: [] })
  })
  it('a slot backed anew starts clear, and its old bits are retired', () => {
    expect(logs(one, [entryOf([1, 0x100, 16, 0x5000, 'L'])])).toEqual({
      bits: { 1: noPages },
      retired: [[1, pages(0, 3, 7, 8, 15)]],
    })
  })
  it('a slot backed a page further on keeps the bits of the host pages it still has, since its id is the same', () => {
    expect(logs(one, [entryOf([1, 0x100, 16, 0x1001, 'L'])])).toEqual({
      bits: { 1: pages(2, 6, 7, 14) },
      retired: [[1, pages(0)]],
    })
  })
  it('a removal retires every bit', () => {
    expect(logs(one, [removalOf(1)])).toEqual({ bits: {}, retired: [[1, pages(0, 3, 7, 8, 15)]] })
  })
  it('LOG switched off retires every bit, where Linux loses them', () => {
    expect(logs(one, [entryOf([1, 0x100, 16, 0x1000])])).toEqual({
      bits: { 1: null },
      retired: [[1, pages(0, 3, 7, 8, 15)]],
    })
  })
  it('LOG kept while RO is switched on keeps the bits', () => {
    expect(logs(one, [entryOf([1, 0x100, 16, 0x1000, 'LR'])]).bits).toEqual({ 1: pages(0, 3, 7, 8, 15) })
  })
  it('a move of an id carries the bits with the host pages', () => {
    expect(logs(one, [entryOf([1, 0x400, 16, 0x1000, 'L'])])).toEqual({
      bits: { 1: pages(0, 3, 7, 8, 15) },
      retired: [],
    })
  })
  it('a move of the range to another id carries them too, since frames and host pages are the same', () => {
    expect(logs(one, [removalOf(1), entryOf([6, 0x100, 16, 0x1000, 'L'])])).toEqual({
      bits: { 6: pages(0, 3, 7, 8, 15) },
      retired: [],
    })
  })
  it('another id at other frames of the same host pages carries nothing: it is another mapping', () => {
    expect(logs(one, [removalOf(1), entryOf([6, 0x400, 16, 0x1000, 'L'])])).toEqual({
      bits: { 6: noPages },
      retired: [[1, pages(0, 3, 7, 8, 15)]],
    })
  })
  it('two aliases exchanged: each page has two sources, its id’s and its frame’s', () => {
    const aliases = [slotOf([1, 0x100, 4, 0x1000, 'L'], [0]), slotOf([2, 0x200, 4, 0x1000, 'L'], [3])]
    const entries = [entryOf([1, 0x200, 4, 0x1000, 'L']), entryOf([2, 0x100, 4, 0x1000, 'L'])]
    expect(logs(aliases, entries)).toEqual({ bits: { 1: pages(0, 3), 2: pages(0, 3) }, retired: [] })
  })
  it('growth under initially-all-set: carried where there was a page, all set where there was none', () => {
    expect(logs(one, [entryOf([1, 0x100, 18, 0x1000, 'L'])], allSet).bits).toEqual({
      1: pages(0, 3, 7, 8, 15, 16, 17),
    })
    expect(logs(one, [entryOf([1, 0x100, 18, 0x1000, 'L'])]).bits).toEqual({ 1: pages(0, 3, 7, 8, 15) })
  })
  it('LOG switched on under initially-all-set is all set; a page that was logged before is not set by it', () => {
    expect(logs([slotOf([1, 0x100, 4, 0x1000])], [entryOf([1, 0x100, 4, 0x1000, 'L'])], allSet).bits).toEqual(
      {
        1: pages(0, 1, 2, 3),
      },
    )
    expect(logs(one, [entryOf([1, 0x104, 16, 0x1000, 'L'])], allSet).bits).toEqual({
      1: pages(0, 3, 7, 8, 15),
    })
  })
  it('a slot that is not listed keeps its very log', () => {
    const two = [...one, slotOf([2, 0x200, 4, 0x2000, 'L'], [1])]
    expect(logs(two, [removalOf(2)], allSet)).toEqual({
      bits: { 1: pages(0, 3, 7, 8, 15) },
      retired: [[2, pages(1)]],
    })
  })
  it('records come in ascending order of id, whatever the order of bases, and name the slot as it was', () => {
    const three = [
      slotOf([5, 0x100, 2, 0x1000, 'L'], [0]),
      slotOf([2, 0x200, 2, 0x2000, 'L'], [1]),
      slotOf([9, 0, 2, 0x3000, 'L']),
    ]
    const { returned } = take(
      machineOf(three),
      batchOf([removalOf(5), removalOf(2), entryOf([9, 8, 1, 0x7000, 'L'])]),
    )
    expect((returned as { retired: readonly Retired[] }).retired).toEqual([
      { id: 2, base: 0x200, npages: 2, set: pages(1), maybe: noPages },
      { id: 5, base: 0x100, npages: 2, set: pages(0), maybe: noPages },
    ])
  })
  it('what the caller asked for stands in the result: bits, counts or the total', () => {
    const asked = (flags: number, resultSize: number) =>
      take(machineOf(one), batchOf([removalOf(1)], { flags, resultSize: u64(resultSize) })).returned
    expect(asked(1, 4096)).toMatchObject({ asked: 'bits' })
    expect(asked(0, 4096)).toMatchObject({ asked: 'records' })
    expect(asked(0, 0)).toMatchObject({ asked: 'total' })
  })
})

describe('no dirty bit is lost by a batch', () => {
  it('each is carried or retired, for every cut of a logged slot in two', () => {
    for (let at = 1; at < 16; at++) {
      for (const gap of [0, 1, 2]) {
        if (at + gap >= 16) continue
        const entries = [
          entryOf([1, 0x100, at, 0x1000, 'L']),
          entryOf([2, 0x100 + at + gap, 16 - at - gap, 0x1000 + at + gap, 'L']),
        ]
        const { bits, retired } = logs(one, entries)
        const moved = [
          bits[1] ?? noPages,
          (bits[2] ?? noPages).map(page => page + at + gap),
          ...retired.map(([, set]) => set),
        ]
        expect(moved.reduce(union, noPages)).toEqual(pages(0, 3, 7, 8, 15))
        expect(moved.reduce((sum, set) => sum + countPages(set), 0)).toBe(5)
      }
    }
  })
})

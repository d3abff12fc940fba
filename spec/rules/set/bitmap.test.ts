import { describe, expect, it } from 'vitest'
import {
  type Brief,
  deleteOf,
  machineAfter,
  machineOf,
  pages,
  setOf,
  slotOf,
  take,
} from '../../generate/index.js'
import { type Cells, initialMachine, type ManualProtect } from '../../terms/cells.js'
import type { Operation, SetCall } from '../../terms/operation.js'
import { noPages, type PageSet, pageRange } from '../../terms/page-set.js'
import { defaultParameters } from '../../terms/parameters.js'

const ON: Brief = [1, 0x100, 16, 0x1000, 'L']
const OFF: Brief = [1, 0x100, 16, 0x1000]
const DIRTY = [0, 3, 15] as const
const all = pageRange(0, 16)

const start = (brief: Brief | null, protect: ManualProtect, rest: Partial<Cells> = {}): Cells => ({
  ...machineOf(brief === null ? [] : [slotOf(brief, DIRTY)], { maxGfn: 0xfff }),
  protect,
  ...rest,
})
/** The bits of slot 1 after the calls; null where it has no bitmap. */
const bits = (cells: Cells, ...calls: readonly Operation[]): PageSet | null =>
  machineAfter(cells, ...calls).spaces[0]?.slots.find(slot => slot.id === 1)?.dirty?.set ?? null

/** kernel-memslots.md, Dirty logging, and real-kvm.md, Dirty log: the bitmap without and with initially-all-set. */
const table: readonly (readonly [
  string,
  Brief | null,
  readonly SetCall[],
  PageSet | null,
  PageSet | null,
])[] = [
  ['CREATE with LOG: new, clear or all set', null, [setOf(ON)], noPages, all],
  ['CREATE without LOG: none', null, [setOf(OFF)], null, null],
  ['LOG off to on: new, clear or all set', OFF, [setOf(ON)], noPages, all],
  ['LOG on to off: freed, unread bits lost', ON, [setOf(OFF)], null, null],
  ['LOG off and on again: afresh', ON, [setOf(OFF), setOf(ON)], noPages, all],
  ['an identical repeat: untouched', ON, [setOf(ON)], pages(...DIRTY), pages(...DIRTY)],
  [
    'MOVE, logging stays on: the same bits by page of the slot',
    ON,
    [setOf([1, 0x200, 16, 0x1000, 'L'])],
    pages(...DIRTY),
    pages(...DIRTY),
  ],
  [
    'MOVE that overlaps the slot itself: the same bits',
    ON,
    [setOf([1, 0x108, 16, 0x1000, 'L'])],
    pages(...DIRTY),
    pages(...DIRTY),
  ],
  ['MOVE, on to off: freed', ON, [setOf([1, 0x200, 16, 0x1000])], null, null],
  ['MOVE, off to on: new', OFF, [setOf([1, 0x200, 16, 0x1000, 'L'])], noPages, all],
  ['a failed MOVE: unchanged', ON, [setOf([1, 0xff8, 16, 0x1000, 'L'])], pages(...DIRTY), pages(...DIRTY)],
  [
    'a failed MOVE with LOG switched off: unchanged',
    ON,
    [setOf([1, 0xff8, 16, 0x1000])],
    pages(...DIRTY),
    pages(...DIRTY),
  ],
  ['a failed enable: still none', OFF, [setOf(ON, { allocation: 'late' })], null, null],
  [
    'a refused change of flags: unchanged',
    ON,
    [setOf([1, 0x100, 16, 0x1000, 'LR'])],
    pages(...DIRTY),
    pages(...DIRTY),
  ],
  ['DELETE: freed with its unread bits', ON, [deleteOf(1)], null, null],
  ['DELETE and CREATE of the same id: nothing carried over', ON, [deleteOf(1), setOf(ON)], noPages, all],
  ['a read-only slot with LOG has one too', null, [setOf([1, 0x100, 16, 0x1000, 'LR'])], noPages, all],
]

describe('the bitmap of a slot after a call', () => {
  it.each(table)('%s', (_, brief, calls, plain, allSet) => {
    expect(bits(start(brief, 0), ...calls)).toEqual(plain)
    expect(bits(start(brief, 1), ...calls)).toEqual(plain)
    expect(bits(start(brief, 3), ...calls)).toEqual(allSet)
  })

  it('is nothing new where a ring is in use: there are no bitmaps, but one that exists stays', () => {
    expect(bits(start(null, 0, { ring: true }), setOf(ON))).toBeNull()
    expect(bits(start(OFF, 3, { ring: true }), setOf(ON))).toBeNull()
    expect(bits(start(ON, 0, { ring: true }), setOf([1, 0x200, 16, 0x1000, 'L']))).toEqual(pages(...DIRTY))
  })

  it('belongs to the slot of one space: the same id in another space is another slot', () => {
    const { cells } = take(start(ON, 0), setOf(ON, { as: 1 }))
    expect(cells.spaces.map(space => space.slots[0]?.dirty?.set)).toEqual([pages(...DIRTY), noPages])
  })

  it('is not changed by a change of mode: only what is allocated later is all set', () => {
    const cells = start(ON, 0)
    const enable = {
      op: 'enable-cap',
      cap: 'manual-dirty-log-protect2',
      flags: 0,
      args: [3n],
    } as unknown as Operation
    expect(bits(cells, enable)).toEqual(pages(...DIRTY))
    expect(bits(cells, enable, setOf(OFF), setOf(ON))).toEqual(all)
    expect(initialMachine(defaultParameters).protect).toBe(0)
  })
})

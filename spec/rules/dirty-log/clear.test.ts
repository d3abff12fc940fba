import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, pages, setOf, slotOf, take } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { ClearDirtyCall } from '../../terms/operation.js'

/** Slot 1 has 130 pages, slot 2 has 128, slot 3 no log. */
const start = (rest: Partial<Cells> = {}): Cells => ({
  ...machineOf([
    slotOf([1, 0x100, 130, 0x1000, 'L'], [0, 63, 64, 127, 128, 129]),
    slotOf([2, 0x200, 128, 0x2000, 'L'], [5]),
    slotOf([3, 0x300, 64, 0x3000]),
  ]),
  ...rest,
})
type But = Partial<Omit<ClearDirtyCall, 'first'>> & { readonly first?: number }
const clear = ({ first = 0, ...but }: But = {}): ClearDirtyCall => ({
  op: 'clear-dirty',
  as: 0,
  id: 1,
  first: u64(first),
  count: 130,
  pages: [[0, 130]],
  ...but,
})
const left = (cells: Cells, id = 1) => cells.spaces[0]?.slots.find(slot => slot.id === id)?.dirty?.set

/** kernel-memslots.md, Dirty logging, each check against those after it; then semantics.md §2, since. */
const errors: readonly (readonly [string, But, string, string])[] = [
  [
    'a stranger, before an unreadable argument',
    { caller: 'stranger', argument: 'bad' },
    'EIO',
    'clear.stranger',
  ],
  ['an unreadable argument, before a bad id', { argument: 'bad', id: 40_000 }, 'EFAULT', 'clear.argument'],
  ['a space that does not exist, before a bad first page', { as: 2, first: 1 }, 'EINVAL', 'clear.slot'],
  ['an id that is no user slot’s', { id: 32764 }, 'EINVAL', 'clear.slot'],
  ['a first page off the word, though there is no such slot', { first: 1, id: 9 }, 'EINVAL', 'clear.first'],
  ['a slot that does not exist', { id: 9 }, 'ENOENT', 'clear.no-log'],
  ['a slot that is not logged, before a range beyond it', { id: 3, count: 900 }, 'ENOENT', 'clear.no-log'],
  ['a first page beyond the slot', { first: 192, count: 0 }, 'EINVAL', 'clear.range'],
  ['more pages than are left', { first: 64, count: 67 }, 'EINVAL', 'clear.range'],
  ['a count off the word that ends before the slot', { count: 65 }, 'EINVAL', 'clear.range'],
  ['a range beyond the slot, before a bad bitmap', { count: 131, bitmap: 'bad' }, 'EINVAL', 'clear.range'],
  [
    'a bitmap that cannot be read, before a stale generation',
    { bitmap: 'bad', generation: -1 },
    'EFAULT',
    'clear.bitmap',
  ],
  ['a generation older than the slot', { generation: -1 }, 'ESTALE', 'clear.stale'],
  ['a generation not yet published', { generation: 2 }, 'EINVAL', 'clear.future'],
]

describe('CLEAR_DIRTY_LOG', () => {
  it.each(errors)('refuses %s, and clears nothing', (_, but, errno, rule) => {
    const before = start()
    const taken = take(before, clear(but))
    expect(taken).toMatchObject({ errno, rule })
    expect(taken.cells.spaces).toBe(before.spaces)
  })
  it('refuses everything while a ring is in use, bad ids included', () => {
    expect(take(start({ ring: true }), clear({ id: 40_000 }))).toMatchObject({
      errno: 'ENXIO',
      rule: 'clear.ring',
    })
  })

  it.each<readonly [string, But, readonly number[]]>([
    [
      'the named bits of the whole slot',
      {
        pages: [
          [0, 1],
          [127, 2],
        ],
      },
      [63, 64, 129],
    ],
    ['the whole slot', {}, []],
    ['one word in the middle', { first: 64, count: 64 }, [0, 63, 128, 129]],
    ['a tail shorter than a word that ends with the slot', { first: 128, count: 2 }, [0, 63, 64, 127]],
    ['no page, from a first page in the slot', { first: 64, count: 0 }, [0, 63, 64, 127, 128, 129]],
    ['no page, though the bitmap cannot be read', { count: 0, bitmap: 'bad' }, [0, 63, 64, 127, 128, 129]],
    [
      'nothing beyond the count: that is padding of the last word',
      { count: 64, pages: [[0, 130]] },
      [64, 127, 128, 129],
    ],
    ['nothing before the first page', { first: 128, count: 2, pages: [[0, 130]] }, [0, 63, 64, 127]],
  ])('clears %s', (_, but, bits) => {
    const taken = take(start(), clear(but))
    expect(taken).toMatchObject({ errno: null, rule: 'clear.consume' })
    expect(left(taken.cells)).toEqual(pages(...bits))
    expect(left(taken.cells, 2)).toEqual(pages(5))
  })
  it('takes as first page the end of a slot whose size is a whole number of words, and clears nothing there', () => {
    expect(take(start(), clear({ id: 2, first: 128, count: 0, pages: [] }))).toMatchObject({ errno: null })
  })
  it.each([0, 1, 3] as const)('works the same under manual protect %d', protect => {
    expect(left(take(start({ protect }), clear()).cells)).toEqual([])
  })

  it('of Linux takes no generation: one that is named is not looked at', () => {
    const { params } = start()
    const linux = start({ params: { ...params, profile: 'linux' } })
    for (const generation of [-1, 0, 99])
      expect(take(linux, clear({ generation }))).toMatchObject({ errno: null, rule: 'clear.consume' })
  })

  it('with the generation of the slot’s last placement is accepted until the slot is placed anew', () => {
    const placed = machineAfter(start(), setOf([3, 0x400, 64, 0x3000]))
    expect(take(placed, clear({ generation: 0 })).errno).toBeNull()
    const moved = machineAfter(start(), setOf([1, 0x400, 130, 0x1000, 'L']))
    expect(take(moved, clear({ generation: 2 })).errno).toBe('ESTALE')
    expect(take(moved, clear({ generation: 4 })).errno).toBeNull()
    expect(take(moved, clear()).errno).toBeNull()
  })
})

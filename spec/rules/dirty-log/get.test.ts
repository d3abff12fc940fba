import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, pages, setOf, slotOf, take } from '../../generate/index.js'
import type { Cells, ManualProtect } from '../../terms/cells.js'
import type { GetDirtyCall } from '../../terms/operation.js'
import { noPages } from '../../terms/page-set.js'

const get = (but: Partial<GetDirtyCall> = {}): GetDirtyCall => ({ op: 'get-dirty', as: 0, id: 1, ...but })
const start = (protect: ManualProtect = 0, rest: Partial<Cells> = {}): Cells => ({
  ...machineOf([slotOf([1, 0x100, 70, 0x1000, 'L'], [0, 1, 69]), slotOf([2, 0x200, 1, 0x2000])]),
  protect,
  ...rest,
})
const left = (cells: Cells) => cells.spaces[0]?.slots[0]?.dirty?.set

/** kernel-memslots.md, Dirty logging, each check against those after it. */
const errors: readonly (readonly [string, Cells, Partial<GetDirtyCall>, string, string])[] = [
  [
    'a stranger, before an unreadable argument',
    start(),
    { caller: 'stranger', argument: 'bad' },
    'EIO',
    'get.stranger',
  ],
  [
    'an unreadable argument, before the ring',
    start(0, { ring: true }),
    { argument: 'bad' },
    'EFAULT',
    'get.argument',
  ],
  ['a ring, before a space that does not exist', start(0, { ring: true }), { as: 2 }, 'ENXIO', 'get.ring'],
  ['a space that does not exist', start(), { as: 2 }, 'EINVAL', 'get.slot'],
  ['an id that is no user slot’s', start(), { id: 32764 }, 'EINVAL', 'get.slot'],
  [
    'a slot that does not exist, before a bad bitmap',
    start(),
    { id: 7, bitmap: 'bad' },
    'ENOENT',
    'get.no-log',
  ],
  ['a slot that is not logged', start(), { id: 2 }, 'ENOENT', 'get.no-log'],
  ['the same id in a space that has no such slot', start(), { as: 1 }, 'ENOENT', 'get.no-log'],
  ['a bitmap that cannot be written', start(), { bitmap: 'bad' }, 'EFAULT', 'get.lost'],
  ['the same under manual protect', start(1), { bitmap: 'bad' }, 'EFAULT', 'get.kept'],
]

describe('GET_DIRTY_LOG', () => {
  it.each(errors)('refuses %s', (_, cells, but, errno, rule) => {
    expect(take(cells, get(but))).toMatchObject({ errno, rule })
  })

  it('reports the bits and takes them, without manual protect', () => {
    const { returned, cells, rule } = take(start(), get())
    expect(rule).toBe('get.consume')
    expect(returned).toMatchObject({ is: 'log', set: pages(0, 1, 69), maybe: noPages, generation: 0 })
    expect(left(cells)).toEqual(noPages)
    expect(take(cells, get()).returned).toMatchObject({ set: noPages })
  })
  it.each([1, 3] as const)('reports the bits and leaves them, under manual protect %d', protect => {
    const { returned, cells, rule } = take(start(protect), get())
    expect(rule).toBe('get.report')
    expect(returned).toMatchObject({ set: pages(0, 1, 69) })
    expect(left(cells)).toEqual(pages(0, 1, 69))
  })
  it('loses the bits where the bitmap faults, unless protection is manual', () => {
    expect(left(take(start(0), get({ bitmap: 'bad' })).cells)).toEqual(noPages)
    expect(left(take(start(1), get({ bitmap: 'bad' })).cells)).toEqual(pages(0, 1, 69))
  })
  it.each([
    [1, 8],
    [64, 8],
    [65, 16],
    [128, 16],
    [129, 24],
  ])('writes whole words: for %d pages %d bytes', (npages, bytes) => {
    const cells = machineOf([slotOf([1, 0, npages, 0x1000, 'L'])])
    expect(take(cells, get()).returned).toMatchObject({ bytes })
  })
  it('answers the generation of the space it was asked in', () => {
    const moved = machineAfter(
      start(),
      setOf([2, 0x300, 1, 0x2000]),
      setOf([1, 0, 1, 0x5000, 'L'], { as: 1 }),
    )
    expect(take(moved, get()).returned).toMatchObject({ generation: 4 })
    expect(take(moved, get({ as: 1 })).returned).toMatchObject({ generation: 3 })
  })
  it('reports what inexact hardware may have marked as uncertain', () => {
    const inexact = {
      ...start(1),
      params: { ...start().params, exact: false },
      vcpus: [{ id: 0, space: 0 }],
    } as unknown as Cells
    const read = machineAfter(inexact, { op: 'read', vcpu: 0, gfn: 0x105, offset: 0, size: 1 })
    expect(take(read, get()).returned).toMatchObject({ set: pages(0, 1, 69), maybe: pages(5) })
  })
})

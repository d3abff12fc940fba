import { describe, expect, it } from 'vitest'
import { type Brief, batchOf, entryOf, machineOf, slotOf, take } from '../../generate/index.js'
import { removalOf } from '../../terms/build-batch.js'
import type { Cells } from '../../terms/cells.js'
import type { BatchCall, BatchEntry } from '../../terms/operation.js'

const SLOTS: readonly Brief[] = [
  [1, 0x100, 16, 0x1000, 'L'],
  [2, 0x200, 16, 0x2000],
  [3, 0x300, 16, 0x3000, 'R'],
  [4, 0x400, 4, 0x4000, 'G'],
]
const machine: Cells = machineOf(
  SLOTS.map(brief => slotOf(brief)),
  { guestMemfd: true, maxGfn: 0xfff, maxEntries: 6 },
)
const ring: Cells = { ...machine, ring: true }

const good = entryOf([10, 0x500, 4, 0x9000])
const over = (id: number, base: number) => entryOf([id, base, 4, 0x9000])

type Line = readonly [mistakes: string, call: BatchCall, errno: string, index: number, rule: string]

const finals: readonly Line[] = [
  [
    'an overlap with a slot that is not listed, blamed on the listed one',
    batchOf([good, over(11, 0x20f)]),
    'EEXIST',
    1,
    'batch.overlap',
  ],
  [
    'an overlap of two listed, blamed on the later',
    batchOf([over(10, 0x500), over(11, 0x503)]),
    'EEXIST',
    1,
    'batch.overlap',
  ],
  [
    'an overlap of two listed, whichever lies lower',
    batchOf([over(10, 0x503), over(11, 0x500)]),
    'EEXIST',
    1,
    'batch.overlap',
  ],
  ['a move onto a slot that stays', batchOf([entryOf([2, 0x100, 16, 0x2000])]), 'EEXIST', 0, 'batch.overlap'],
  [
    'an overlap beyond the last frame: the overlap first',
    batchOf([over(10, 0xffd), over(11, 0xffe)]),
    'EINVAL',
    0,
    'batch.beyond-max-gfn',
  ],
  ['the same the other way round', batchOf([over(10, 0xffb), over(11, 0xffe)]), 'EEXIST', 1, 'batch.overlap'],
  ['a range beyond the last frame', batchOf([good, over(11, 0xffd)]), 'EINVAL', 1, 'batch.beyond-max-gfn'],
]

describe('the checks of the final set', () => {
  it.each(finals)('refuse %s', (_, call, errno, index, rule) => {
    const taken = take(machine, call)
    expect(taken).toMatchObject({ rule, returned: { is: 'error', errno, index } })
    expect(taken.cells.spaces).toBe(machine.spaces)
  })
})

describe('while a dirty ring is in use', () => {
  it.each<readonly [string, readonly BatchEntry[], number]>([
    ['a logged slot removed', [good, removalOf(1)], 1],
    ['a logged slot moved', [entryOf([1, 0x600, 16, 0x1000, 'L'])], 0],
    ['logging switched off', [entryOf([1, 0x100, 16, 0x1000])], 0],
  ])('%s is ENXIO, for its log would have to be carried or retired', (_, list, index) => {
    expect(take(ring, batchOf(list))).toMatchObject({
      rule: 'batch.ring',
      returned: { errno: 'ENXIO', index },
    })
  })
  it('other slots change freely, and a logged one is created without a bitmap', () => {
    const { slots, errno } = take(ring, batchOf([removalOf(2), entryOf([10, 0x500, 4, 0x9000, 'L'])]))
    expect(errno).toBeNull()
    expect(slots.find(slot => slot.id === 10)).toMatchObject({ log: true, dirty: null })
  })
  it('a logged slot set as it is counts as untouched', () => {
    expect(take(ring, batchOf([entryOf([1, 0x100, 16, 0x1000, 'L'])])).rule).toBe('batch.nothing')
  })
})

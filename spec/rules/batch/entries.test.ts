import { describe, expect, it } from 'vitest'
import { type Brief, batchOf, entryOf, machineOf, slotOf, take } from '../../generate/index.js'
import { removalOf } from '../../terms/build-batch.js'
import type { Cells } from '../../terms/cells.js'
import { addressOf, u64 } from '../../terms/numbers.js'
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
const good = entryOf([10, 0x500, 4, 0x9000])
const bad = (but: Partial<BatchEntry>) => entryOf([11, 0x600, 4, 0x9000], but)
const oddSize = bad({ size: u64(1) })
const over = (id: number, base: number) => entryOf([id, base, 4, 0x9000])

type Line = readonly [mistakes: string, call: BatchCall, errno: string, index: number, rule: string]

const header: readonly Line[] = [
  [
    'a stranger, before an unreadable argument',
    batchOf([good], { caller: 'stranger', argument: 'bad' }),
    'EIO',
    -1,
    'batch.stranger',
  ],
  [
    'an unreadable argument, before unknown flags',
    batchOf([good], { argument: 'bad', flags: 2 }),
    'EFAULT',
    -1,
    'batch.argument',
  ],
  [
    'unknown flags, before a bad space',
    batchOf([good], { flags: 3, as: 2 }),
    'EINVAL',
    -1,
    'batch.header-flags',
  ],
  [
    'a bad space, before reserved bytes',
    batchOf([good], { as: 2, reserved: u64(1) }),
    'EINVAL',
    -1,
    'batch.space',
  ],
  ['a bad space, without entries', batchOf([], { as: 2 }), 'EINVAL', -1, 'batch.space'],
  [
    'reserved bytes, before too many entries',
    batchOf(Array(7).fill(good), { reserved: u64(1) }),
    'EINVAL',
    -1,
    'batch.header-reserved',
  ],
  [
    'too many entries, before a bad one among them',
    batchOf(Array(7).fill(oddSize)),
    'E2BIG',
    -1,
    'batch.too-many',
  ],
]

const entries: readonly Line[] = [
  ['an id at the limit', batchOf([good, bad({ id: 32764, size: u64(1) })]), 'EINVAL', 1, 'batch.id'],
  [
    'unknown flags, before an odd size',
    batchOf([good, bad({ flags: 8, size: u64(1) })]),
    'EINVAL',
    1,
    'batch.flags',
  ],
  [
    'reserved bytes, before an odd size',
    batchOf([bad({ reserved: u64(1), size: u64(1) })]),
    'EINVAL',
    0,
    'batch.reserved',
  ],
  [
    'an odd size, before an odd gpa',
    batchOf([bad({ size: u64(1), gpa: u64(1) })]),
    'EINVAL',
    0,
    'batch.size',
  ],
  ['an odd gpa, before an odd hva', batchOf([bad({ gpa: u64(1), hva: u64(1) })]), 'EINVAL', 0, 'batch.gpa'],
  [
    'a hva in the kernel half, before a range that wraps',
    batchOf([bad({ hva: u64(1n << 63n), gpa: u64(2n ** 64n - 4096n) })]),
    'EINVAL',
    0,
    'batch.hva',
  ],
  ['a range that wraps', batchOf([bad({ gpa: u64(2n ** 64n - 4096n) })]), 'EINVAL', 0, 'batch.wraps'],
  ['too many pages', batchOf([bad({ size: addressOf(2 ** 31) })]), 'EINVAL', 0, 'batch.too-large'],
  [
    'a region of size 0: that is no removal',
    batchOf([entryOf([1, 0x100, 0, 0x1000])]),
    'EINVAL',
    0,
    'batch.empty-region',
  ],
  [
    'a removal that carries a base',
    batchOf([{ ...removalOf(1), gpa: addressOf(0x100) }]),
    'EINVAL',
    0,
    'batch.removal-carries-fields',
  ],
  [
    'a removal that carries flags',
    batchOf([{ ...removalOf(1), flags: 1 }]),
    'EINVAL',
    0,
    'batch.removal-carries-fields',
  ],
  [
    'an id twice, blamed on the later entry',
    batchOf([good, removalOf(1), entryOf([10, 0x700, 1, 0x9000])]),
    'EINVAL',
    2,
    'batch.duplicate',
  ],
  [
    'an id removed and set',
    batchOf([removalOf(1), entryOf([1, 0x700, 1, 0x9000])]),
    'EINVAL',
    1,
    'batch.duplicate',
  ],
  ['a removal of nothing', batchOf([removalOf(1), removalOf(9)]), 'EINVAL', 1, 'batch.remove-absent'],
  [
    'a removal of nothing twice: the first time it is absent',
    batchOf([removalOf(9), removalOf(9)]),
    'EINVAL',
    0,
    'batch.remove-absent',
  ],
  ['a slot of memfd created', batchOf([bad({ flags: 4 })]), 'EINVAL', 0, 'batch.memfd'],
  ['a slot of memfd changed', batchOf([entryOf([4, 0x400, 4, 0x4000])]), 'EINVAL', 0, 'batch.memfd'],
  [
    'a slot of memfd set as it is',
    batchOf([entryOf([4, 0x400, 4, 0x4000, 'G'])]),
    'EINVAL',
    0,
    'batch.memfd',
  ],
  [
    'a later check at a lower index, before an earlier check at a higher',
    batchOf([removalOf(9), bad({ id: 40_000 })]),
    'EINVAL',
    0,
    'batch.remove-absent',
  ],
  [
    'a bad entry, before an overlap at a lower index',
    batchOf([over(10, 0x100), oddSize]),
    'EINVAL',
    1,
    'batch.size',
  ],
]

describe('the checks of the header', () => {
  it.each(header)('refuse %s', (_, call, errno, index, rule) => {
    const taken = take(machine, call)
    expect(taken).toMatchObject({ rule, returned: { is: 'error', errno, index } })
    expect(taken.cells.spaces).toBe(machine.spaces)
  })
})

describe('the checks of each entry', () => {
  it.each(entries)('refuse %s', (_, call, errno, index, rule) => {
    const taken = take(machine, call)
    expect(taken).toMatchObject({ rule, returned: { is: 'error', errno, index } })
    expect(taken.cells.spaces).toBe(machine.spaces)
  })
})

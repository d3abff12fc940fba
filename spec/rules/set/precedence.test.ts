import { describe, expect, it } from 'vitest'
import { type Brief, deleteOf, machineOf, setOf, slotOf, take } from '../../generate/index.js'
import { addressOf, u64 } from '../../terms/numbers.js'
import type { SetCall } from '../../terms/operation.js'

const SLOTS: readonly Brief[] = [
  [1, 0x100, 16, 0x1000, 'L'],
  [2, 0x200, 16, 0x2000],
  [3, 0x300, 16, 0x3000, 'R'],
  [4, 0x400, 4, 0x4000, 'G'],
]
const machine = machineOf(
  SLOTS.map(brief => slotOf(brief)),
  { guestMemfd: true, maxGfn: 0xfff },
)

// One mistake each, by the number of the check that finds it (kernel-memslots.md, Checks in order). They can be made
// together.
const stranger = { caller: 'stranger' } as const // 0a
const unreadable = { argument: 'bad' } as const // 0b
const v1Flags = { flags: 8 } // 0c
const badId = { id: 32764 } // 1
const badFlags = { ioctl: 2, flags: 8 } as const // 2
const gmemAndLog = { ioctl: 2, flags: 5 } as const // 2
const oddSize = { size: u64(0x4001) } // 3
const oddGpa = { gpa: u64(0x500001) } // 4
const oddHva = { hva: u64(0x9000001) } // 5
const kernelHva = { hva: u64(0xffff800000000000n) } // 5
const badSpace = { as: 2 } // 7
const wraps = { gpa: u64(2n ** 64n - 4096n) } // 8
const tooLarge = { size: addressOf(2 ** 31) } // 9
const gmem = { ioctl: 2, flags: 4 } as const // 13, on a live slot
const noObject = { allocation: 'early' } as const // 16 and 18
const noBitmap = { allocation: 'late' } as const // 19 and 22

const fresh: Brief = [10, 0x500, 4, 0x9000]
const create = (...mistakes: readonly Partial<SetCall>[]) => setOf(fresh, Object.assign({}, ...mistakes))
const change = (brief: Brief, ...mistakes: readonly Partial<SetCall>[]) =>
  setOf(brief, Object.assign({}, ...mistakes))

const table: readonly (readonly [mistakes: string, call: SetCall, errno: string | null, rule: string])[] = [
  ['a stranger with an unreadable argument', create(stranger, unreadable), 'EIO', 'set.stranger'],
  ['a stranger with an overlap', change([10, 0x10f, 4, 0x9000], stranger), 'EIO', 'set.stranger'],
  ['an unreadable argument and bad v1 flags', create(unreadable, v1Flags), 'EFAULT', 'set.argument'],
  ['an unreadable argument and a bad id', create(unreadable, badId), 'EFAULT', 'set.argument'],
  ['bad v1 flags and a bad id', create(v1Flags, badId), 'EINVAL', 'set.v1-flags'],
  [
    'the memfd flag through the first ioctl, on a live slot',
    change([1, 0x100, 16, 0x1000, 'LG']),
    'EINVAL',
    'set.v1-flags',
  ],
  ['a bad id and bad flags', create(badId, badFlags), 'EINVAL', 'set.id'],
  ['a bad id and a bad space', create(badId, badSpace), 'EINVAL', 'set.id'],
  ['a bad id, and an overlap', change([32764, 0x100, 1, 0x9000]), 'EINVAL', 'set.id'],
  ['bad flags and an odd size', create(badFlags, oddSize), 'EINVAL', 'set.flags'],
  ['memfd with LOG, and a bad space', create(gmemAndLog, badSpace), 'EINVAL', 'set.flags'],
  ['memfd with LOG on a live slot', change([1, 0x100, 16, 0x1000], gmemAndLog), 'EINVAL', 'set.flags'],
  ['an odd size and an odd gpa', create(oddSize, oddGpa), 'EINVAL', 'set.size'],
  ['an odd gpa and an odd hva', create(oddGpa, oddHva), 'EINVAL', 'set.gpa'],
  ['an odd gpa that wraps', create({ gpa: u64(2n ** 64n - 1n) }), 'EINVAL', 'set.gpa'],
  ['an odd hva and a bad space', create(oddHva, badSpace), 'EINVAL', 'set.hva'],
  ['a hva in the kernel half and a range that wraps', create(kernelHva, wraps), 'EINVAL', 'set.hva'],
  [
    'a hva that would end beyond user space, and too many pages',
    create(tooLarge, { hva: addressOf(0x7fffffffe) }),
    'EINVAL',
    'set.hva',
  ],
  ['a bad space and a range that wraps', create(badSpace, wraps), 'EINVAL', 'set.space'],
  ['a bad space, and a delete of nothing', deleteOf(10, badSpace), 'EINVAL', 'set.space'],
  ['a range that wraps, with too many pages', create(wraps, tooLarge), 'EINVAL', 'set.wraps'],
  [
    'a range that ends exactly at 2^64, beyond the last frame',
    change([10, 2 ** 52 - 4, 4, 0x9000]),
    'EINVAL',
    'set.wraps',
  ],
  ['too many pages, over all other slots', change([10, 0, 1, 0x9000], tooLarge), 'EINVAL', 'set.too-large'],
  ['too many pages for a live slot', change([2, 0x200, 1, 0x2000], tooLarge), 'EINVAL', 'set.too-large'],
  ['a delete of nothing with an odd gpa', deleteOf(10, oddGpa), 'EINVAL', 'set.gpa'],
  ['a delete of nothing without memory', deleteOf(10, noObject), 'EINVAL', 'set.delete-absent'],
  ['a delete of a live slot with an odd hva', deleteOf(1, oddHva), 'EINVAL', 'set.hva'],
  ['a delete of a live slot with flags that go with nothing', deleteOf(1, gmemAndLog), 'EINVAL', 'set.flags'],
  ['a delete of a live slot without memory', deleteOf(1, noObject), 'ENOMEM', 'set.no-memory'],
  ['a delete for which only late allocations would fail', deleteOf(1, noBitmap), null, 'set.delete'],
  [
    'memfd asked of a live slot with another hva',
    change([2, 0x200, 16, 0x9000], gmem),
    'EINVAL',
    'set.memfd-live',
  ],
  [
    'memfd asked of a memfd slot just as it is',
    change([4, 0x400, 4, 0x4000], gmem),
    'EINVAL',
    'set.memfd-live',
  ],
  ['another size, over another slot', change([1, 0x1f8, 32, 0x1000, 'L']), 'EINVAL', 'set.immutable'],
  [
    'another hva, and a move beyond the last frame',
    change([2, 0x1000, 16, 0x9000]),
    'EINVAL',
    'set.immutable',
  ],
  [
    'RO switched on, and a move over another slot',
    change([2, 0x100, 16, 0x2000, 'R']),
    'EINVAL',
    'set.immutable',
  ],
  ['RO switched off without memory', change([3, 0x300, 16, 0x3000], noObject), 'EINVAL', 'set.immutable'],
  ['an overlap without memory', change([10, 0x10f, 4, 0x9000], noObject), 'EEXIST', 'set.overlap'],
  [
    'an overlap without memory for a bitmap',
    change([10, 0x10f, 4, 0x9000, 'L'], noBitmap),
    'EEXIST',
    'set.overlap',
  ],
  [
    'an overlap that reaches beyond the last frame',
    change([10, 0x400, 0xd00, 0x9000]),
    'EEXIST',
    'set.overlap',
  ],
  [
    'a move over another slot, with LOG switched off',
    change([1, 0x20f, 16, 0x1000]),
    'EEXIST',
    'set.overlap',
  ],
  [
    'a range beyond the last frame without memory',
    change([10, 0xffe, 4, 0x9000], noObject),
    'ENOMEM',
    'set.no-memory',
  ],
  [
    'a move beyond the last frame without memory',
    change([2, 0xff8, 16, 0x2000], noObject),
    'ENOMEM',
    'set.no-memory',
  ],
  [
    'a logged range beyond the last frame without a bitmap',
    change([10, 0xffe, 4, 0x9000, 'L'], noBitmap),
    'ENOMEM',
    'set.no-bitmap',
  ],
  [
    'a range beyond the last frame without metadata',
    change([10, 0xffe, 4, 0x9000], noBitmap),
    'EINVAL',
    'set.beyond-max-gfn',
  ],
  [
    'a move beyond the last frame, its bitmap shared, without metadata',
    change([1, 0xff8, 16, 0x1000, 'L'], noBitmap),
    'EINVAL',
    'set.beyond-max-gfn',
  ],
  ['a move without metadata', change([1, 0x600, 16, 0x1000, 'L'], noBitmap), 'ENOMEM', 'set.no-metadata'],
  [
    'a repeat of a slot as it is, without any memory',
    change([1, 0x100, 16, 0x1000, 'L'], noObject),
    null,
    'set.no-op',
  ],
  [
    'LOG switched off without memory for bitmaps',
    change([1, 0x100, 16, 0x1000], noBitmap),
    null,
    'set.flags-only',
  ],
]

describe('of several mistakes in one call, the first check in Linux’s order decides', () => {
  it.each(table)('%s', (_, call, errno, rule) => {
    expect(take(machine, call)).toMatchObject({ errno, rule })
  })
  it('as the table shows of thirty pairs of mistakes at least', () => {
    expect(table.length).toBeGreaterThanOrEqual(30)
  })
})

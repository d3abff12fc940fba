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

const gmem = { ioctl: 2, flags: 4 } as const
const fresh: Brief = [10, 0x500, 4, 0x9000]
const create = (...mistakes: readonly Partial<SetCall>[]) => setOf(fresh, Object.assign({}, ...mistakes))
const change = (brief: Brief, ...mistakes: readonly Partial<SetCall>[]) =>
  setOf(brief, Object.assign({}, ...mistakes))

describe('a call of one slot is allowed', () => {
  it.each<readonly [string, SetCall, string]>([
    ['a hva at which nothing is mapped', create({ hva: u64(0) }), 'set.create'],
    ['a range that ends with user space', create({ hva: u64(0x7ffffffff000n - 0x4000n) }), 'set.create'],
    ['a range that ends with the last frame', change([10, 0xffc, 4, 0x9000]), 'set.create'],
    ['a neighbour on either side', change([10, 0x110, 0xf0, 0x9000]), 'set.create'],
    ['the backing of another slot', change([10, 0x500, 4, 0x1000]), 'set.create'],
    ['the same frames in the other space', change([10, 0x100, 16, 0x9000], { as: 1 }), 'set.create'],
    ['a slot of memfd through the second ioctl', create(gmem), 'set.create'],
    ['a move that overlaps the slot itself by a page', change([1, 0x10f, 16, 0x1000, 'L']), 'set.move'],
    [
      'a delete with other aligned fields and other legal flags',
      deleteOf(1, { gpa: addressOf(7), hva: addressOf(9), flags: 2 }),
      'set.delete',
    ],
    [
      'a delete whose gpa is the last page of 64 bits',
      deleteOf(1, { gpa: u64(2n ** 64n - 4096n) }),
      'set.delete',
    ],
    ['a delete of a memfd slot that names memfd', deleteOf(4, gmem), 'set.delete'],
  ])('%s', (_, call, rule) => {
    expect(take(machine, call)).toMatchObject({ errno: null, rule })
  })
})

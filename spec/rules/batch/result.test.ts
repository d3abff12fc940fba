import { describe, expect, it } from 'vitest'
import { type Brief, batchOf, entryOf, machineOf, slotOf, take } from '../../generate/index.js'
import { step } from '../../rewrite/index.js'
import { removalOf } from '../../terms/build-batch.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { BatchCall, BatchEntry } from '../../terms/operation.js'
import { callRelation } from '../calls.js'

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
type Line = readonly [mistakes: string, call: BatchCall, errno: string, index: number, rule: string]

const result: readonly Line[] = [
  [
    'too little room for a record',
    batchOf([removalOf(1)], { flags: 0, resultSize: u64(31) }),
    'ENOSPC',
    -1,
    'batch.no-space',
  ],
  [
    'room for the record but not for its bits',
    batchOf([removalOf(1)], { resultSize: u64(39) }),
    'ENOSPC',
    -1,
    'batch.no-space',
  ],
  [
    'no room at all where bits are wanted',
    batchOf([removalOf(1)], { resultSize: u64(0) }),
    'ENOSPC',
    -1,
    'batch.no-space',
  ],
  [
    'too little room, before memory that cannot be had',
    batchOf([removalOf(1)], { resultSize: u64(8), allocation: 'early' }),
    'ENOSPC',
    -1,
    'batch.no-space',
  ],
  [
    'memory that cannot be had, before room that cannot be written',
    batchOf([removalOf(1)], { allocation: 'late', result: 'bad' }),
    'ENOMEM',
    -1,
    'batch.no-memory',
  ],
  [
    'room that cannot be written',
    batchOf([removalOf(1)], { result: 'bad' }),
    'EFAULT',
    -1,
    'batch.result-fault',
  ],
]

describe('the checks of the result', () => {
  it.each(result)('refuse %s', (_, call, errno, index, rule) => {
    const taken = take(machine, call)
    expect(taken).toMatchObject({ rule, returned: { is: 'error', errno, index } })
    expect(taken.cells.spaces).toBe(machine.spaces)
  })
})

describe('the bound', () => {
  const bound = (call: BatchCall) => (take(machine, call).returned as { readonly bound: bigint | null }).bound
  it('is written where the room was too small: a record, and a bitmap in whole words if wanted', () => {
    expect(bound(batchOf([removalOf(1)], { flags: 0, resultSize: u64(1) }))).toBe(32n)
    expect(bound(batchOf([removalOf(1)], { resultSize: u64(1) }))).toBe(40n)
  })
  it('is no other error’s', () => {
    expect(bound(batchOf([oddSize]))).toBeNull()
  })
  it('just suffices', () => {
    expect(take(machine, batchOf([removalOf(1)], { resultSize: u64(40) })).errno).toBeNull()
    expect(take(machine, batchOf([removalOf(1)], { flags: 0, resultSize: u64(32) })).errno).toBeNull()
  })
  it('does not concern a caller that wants the total only, nor an update that retires nothing', () => {
    expect(take(machine, batchOf([removalOf(1)], { flags: 0, resultSize: u64(0) })).errno).toBeNull()
    expect(take(machine, batchOf([removalOf(2)], { resultSize: u64(0), result: 'bad' })).errno).toBeNull()
  })
})

describe('loose errors', () => {
  it('are any errno and index that is true of the batch', () => {
    const loose: Cells = { ...machine, params: { ...machine.params, errors: 'loose' } }
    const call = batchOf([bad({ size: u64(1), gpa: u64(1) }), removalOf(9), good, good], { flags: 2 })
    const ways = step(callRelation(loose.params), { ...loose, call })
    const found = ways.map(
      ({ rule, cells: { returned } }) => `${rule.id} ${(returned as { index: number }).index}`,
    )
    expect(found.toSorted()).toEqual([
      'batch.duplicate 3',
      'batch.gpa 0',
      'batch.header-flags -1',
      'batch.remove-absent 1',
      'batch.size 0',
    ])
  })
})

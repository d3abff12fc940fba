import { describe, expect, it } from 'vitest'
import {
  type Brief,
  batchOf,
  briefOf,
  entryOf,
  machineAfter,
  machineOf,
  setOf,
  slotOf,
  take,
} from '../../generate/index.js'
import { removalOf } from '../../terms/build-batch.js'
import { generationOf } from '../../terms/cells.js'
import type { BatchEntry } from '../../terms/operation.js'

const A: Brief = [1, 0x100, 16, 0x1000, 'L']
const B: Brief = [2, 0x200, 16, 0x2000]
const C: Brief = [3, 0x300, 16, 0x3000, 'R']
const machine = machineOf([A, B, C].map(brief => slotOf(brief)))

/** What a batch owes decides its swaps: semantics.md §2, phases. */
const table: readonly (readonly [string, readonly BatchEntry[], rule: string, swaps: number])[] = [
  ['without entries', [], 'batch.empty', 0],
  ['that sets what is there', [entryOf(A), entryOf(C)], 'batch.nothing', 0],
  ['that adds a slot', [entryOf([4, 0x400, 1, 0x4000])], 'batch.publish', 1],
  ['that adds three slots', [4, 5, 6].map(id => entryOf([id, id * 0x100, 1, 0x4000])), 'batch.publish', 1],
  ['that grows a slot', [entryOf([2, 0x200, 32, 0x2000])], 'batch.publish', 1],
  [
    'that cuts a slot in two',
    [entryOf([2, 0x200, 7, 0x2000]), entryOf([9, 0x207, 9, 0x2007])],
    'batch.publish',
    1,
  ],
  ['that gives a slot another id', [removalOf(2), entryOf([9, 0x200, 16, 0x2000])], 'batch.publish', 1],
  ['that switches LOG on', [entryOf([2, 0x200, 16, 0x2000, 'L'])], 'batch.publish', 1],
  ['that switches LOG off', [entryOf([1, 0x100, 16, 0x1000])], 'batch.publish', 1],
  ['that switches RO off', [entryOf([3, 0x300, 16, 0x3000])], 'batch.publish', 1],
  ['that switches RO on', [entryOf([2, 0x200, 16, 0x2000, 'R'])], 'batch.block-and-publish', 2],
  ['that removes a slot', [removalOf(2)], 'batch.block-and-publish', 2],
  ['that removes three slots', [1, 2, 3].map(removalOf), 'batch.block-and-publish', 2],
  ['that makes a slot shorter', [entryOf([2, 0x200, 15, 0x2000])], 'batch.block-and-publish', 2],
  ['that moves a slot', [entryOf([2, 0x280, 16, 0x2000])], 'batch.block-and-publish', 2],
  ['that backs a slot anew', [entryOf([2, 0x200, 16, 0x2001])], 'batch.block-and-publish', 2],
]

describe('a batch', () => {
  it.each(table)('%s', (_, entries, rule, swaps) => {
    const taken = take(machine, batchOf(entries))
    expect(taken.rule).toBe(rule)
    expect(taken.cells.spaces[0]?.swaps).toBe(swaps)
    expect(taken.returned).toMatchObject({ is: 'batch', generation: swaps * 2 })
  })

  it('exchanges two ranges, which are never both free', () => {
    const entries = [entryOf([1, 0x200, 16, 0x1000, 'L']), entryOf([2, 0x100, 16, 0x2000])]
    expect(take(machine, batchOf(entries)).slots.map(briefOf)).toEqual([
      [2, 0x100, 16, 0x2000],
      [1, 0x200, 16, 0x1000, 'L'],
      C,
    ])
  })
  it('turns three ranges round', () => {
    const entries = [entryOf([1, 0x200, 16, 1]), entryOf([2, 0x300, 16, 2]), entryOf([3, 0x100, 16, 3])]
    expect(take(machine, batchOf(entries)).slots.map(slot => slot.id)).toEqual([3, 1, 2])
  })
  it('has no order: its entries in any order give the same set, generation and result', () => {
    const entries = [
      removalOf(1),
      entryOf([2, 0x100, 16, 0x2000]),
      entryOf([7, 0x200, 4, 0x7000]),
      entryOf([3, 0x300, 16, 0x3000]),
    ]
    const [first, ...others] = [
      entries,
      entries.toReversed(),
      [...entries.slice(2), ...entries.slice(0, 2)],
    ].map(list => take(machine, batchOf(list)))
    for (const other of others) {
      expect(other.cells).toEqual(first?.cells)
      expect(other.returned).toEqual(first?.returned)
    }
  })
  it('puts a slot into the range of one it removes, and an id into use that it removes from another range', () => {
    const entries = [removalOf(1), entryOf([9, 0x108, 4, 0x9000]), entryOf([2, 0x100, 8, 0x2000])]
    expect(take(machine, batchOf(entries)).slots.map(briefOf)).toEqual([
      [2, 0x100, 8, 0x2000],
      [9, 0x108, 4, 0x9000],
      C,
    ])
  })
  it('concerns one space: the others keep their sets, their generation and their slots of the same ids', () => {
    const both = machineAfter(machine, setOf([1, 0x700, 1, 0x7000, 'L'], { as: 1 }))
    const { cells } = take(both, batchOf([removalOf(1)]))
    expect(cells.spaces[1]).toBe(both.spaces[1])
    const { cells: other } = take(both, batchOf([removalOf(1)], { as: 1 }))
    expect(other.spaces[0]).toBe(both.spaces[0])
    expect(generationOf(other, 1)).toBe(1 + 3 * 2)
  })
  it('removes a slot of memfd, which it could not have created', () => {
    const withMemfd = machineOf([slotOf([4, 0x400, 4, 0x4000, 'G'])], { guestMemfd: true })
    expect(take(withMemfd, batchOf([removalOf(4)])).slots).toEqual([])
  })
})

describe('since', () => {
  const since = (entries: readonly BatchEntry[], id: number) =>
    take(machineAfter(machine, setOf([8, 0x800, 1, 0x8000])), batchOf(entries)).slots.find(
      slot => slot.id === id,
    )?.since

  // One call has gone before, by one swap: the generation is 2. One swap publishes 4, two publish 6.
  it.each<readonly [string, readonly BatchEntry[], number, number]>([
    ['of a slot that appears is the generation the batch publishes', [entryOf([9, 0x900, 1, 0x9000])], 9, 4],
    [
      'of a slot that appears beside a removal is the one after both swaps',
      [entryOf([9, 0x900, 1, 0x9000]), removalOf(2)],
      9,
      6,
    ],
    ['of a slot that moves is new', [entryOf([2, 0x280, 16, 0x2000])], 2, 6],
    ['of a slot that grows is new', [entryOf([2, 0x200, 17, 0x2000])], 2, 4],
    ['of a slot backed anew is new', [entryOf([2, 0x200, 16, 0x2001])], 2, 6],
    ['of a slot whose flags change is left alone', [entryOf([2, 0x200, 16, 0x2000, 'LR'])], 2, 0],
    ['of a slot listed as it is, is left alone', [entryOf(A), removalOf(2)], 1, 0],
    ['of a slot that is not listed is left alone', [removalOf(2)], 8, 2],
    ['of any slot is left alone by a batch that changes nothing', [entryOf(A)], 1, 0],
    ['of any slot is left alone by a batch that fails', [removalOf(77)], 8, 2],
  ])('%s', (_, entries, id, expected) => {
    expect(since(entries, id)).toBe(expected)
  })
})

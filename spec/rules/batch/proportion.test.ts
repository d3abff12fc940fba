import { describe, expect, it } from 'vitest'
import { type Brief, batchOf, entryOf, machineOf, slotOf, take } from '../../generate/index.js'
import type { BatchEntry, Operation } from '../../terms/operation.js'
import type { Slot } from '../../terms/slot.js'

/** Slots, and entries of a batch. Any step that looks at each of them for each of them reads a million fields. */
const SIZE = 1000
/** The most reads of one field for each slot or entry: several checks, and binary searches of ten steps. */
const READS_EACH = 120

const counted = <T extends object>(things: readonly T[], field: keyof T) => {
  const count = { reads: 0 }
  for (const thing of things) {
    const value = thing[field]
    const get = () => {
      count.reads++
      return value
    }
    Object.defineProperty(thing, field, { get, enumerable: true })
  }
  return count
}

const brief = (i: number, at: number): Brief => [i, at * 4, 2, 0x100000 + i * 4, 'L']
const numbers = Array.from({ length: SIZE }, (_, i) => i)
const slots = (): readonly Slot[] => numbers.map(i => slotOf(brief(i, i), [1]))
const entries = (at: (i: number) => number): readonly BatchEntry[] =>
  numbers.map(i => entryOf(brief(i, at(i))))

const reads = (of: readonly Slot[], operation: Operation, list: readonly BatchEntry[], rule: string) => {
  const machine = machineOf(of)
  const [bySlot, byEntry] = [counted(of, 'base'), counted(list, 'gpa')]
  expect(take(machine, operation).rule).toBe(rule)
  return bySlot.reads + byEntry.reads
}

describe('the cost of a batch grows with its entries and the slots, not with their product', () => {
  it.each<readonly [string, readonly Slot[], readonly BatchEntry[], string]>([
    ['creates every slot', [], entries(i => i), 'batch.publish'],
    ['moves every logged slot', slots(), entries(i => SIZE - 1 - i), 'batch.block-and-publish'],
    ['moves one of many slots', slots(), [entryOf(brief(0, SIZE))], 'batch.block-and-publish'],
    ['overlaps in its last entry', [], entries(i => i % (SIZE - 1)), 'batch.overlap'],
  ])('where it %s', (_, of, list, rule) => {
    expect(reads(of, batchOf(list), list, rule)).toBeLessThan(SIZE * READS_EACH)
  })
})

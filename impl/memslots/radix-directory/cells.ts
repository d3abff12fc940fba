import type { Arena } from './arena.js'

/**
 * A cell separates the 2 to 4 slots of one bucket, by ascending frame: `ids[16u + 12 …]` are the slots, and the
 * doubles at `4u …` the first frames of the second, third and fourth of them, +∞ where there is none. The slot of a
 * frame is the one at the number of first frames that do not exceed it: three comparisons, and no branch.
 *
 * Edits do not branch on the place of a slot in the cell either, since such a branch cannot be predicted: what does not
 * move is written to its own place again. Entries after the last slot mean nothing.
 */

export const CELL_SLOTS = 4

/** Whether the cell has four slots. */
export function isFull({ doubles }: Arena, unit: number): boolean {
  return doubles[(unit << 2) + 2]! !== Number.POSITIVE_INFINITY
}

/** The slot at `index` of the cell. */
export function cellSlot({ ids }: Arena, unit: number, index: number): number {
  return ids[(unit << 4) + 12 + index]!
}

/** Makes a fresh cell that of two slots. */
export function startCell(
  arena: Arena,
  unit: number,
  one: number,
  other: number,
  extents: Float64Array,
): void {
  const { doubles, ids } = arena
  const keys = unit << 2
  const slots = (unit << 4) + 12
  const oneBase = extents[one << 1]!
  const otherBase = extents[other << 1]!
  const place = +(otherBase < oneBase)
  doubles[keys] = Math.max(oneBase, otherBase)
  doubles[keys | 1] = Number.POSITIVE_INFINITY
  doubles[keys | 2] = Number.POSITIVE_INFINITY
  ids[slots + place] = one
  ids[slots + 1 - place] = other
  arena.touched.add((1 << 28) | (unit << 3))
}

/** Of a cell of two slots the one that is not `slot`; −1 for a cell of more. */
export function otherOfTwo({ doubles, ids }: Arena, unit: number, slot: number): number {
  if (doubles[(unit << 2) | 1]! !== Number.POSITIVE_INFINITY) return -1
  const slots = (unit << 4) + 12
  return ids[slots]! ^ ids[slots + 1]! ^ slot
}

/** Adds slot `slot` to a cell of fewer than four. */
export function addToCell(arena: Arena, unit: number, slot: number, extents: Float64Array): void {
  const { doubles, ids } = arena
  const keys = unit << 2
  const slots = (unit << 4) + 12
  const base = extents[slot << 1]!
  const leader = ids[slots]!
  const leaderBase = extents[leader << 1]!
  const second = doubles[keys]!
  const third = doubles[keys | 1]!
  const at = +(leaderBase < base) + +(second < base) + +(third < base)
  const one = ids[slots + 1]!
  const two = ids[slots + 2]!
  // From the last to the first: each slot at `at` or after it moves up a place.
  const twoAt = 2 + +(at <= 2)
  ids[slots + twoAt] = two
  doubles[keys + twoAt - 1] = third
  const oneAt = 1 + +(at <= 1)
  ids[slots + oneAt] = one
  doubles[keys + oneAt - 1] = second
  ids[slots + +(at === 0)] = leader
  ids[slots + at] = slot
  // The first slot has no key.
  if (at === 0) doubles[keys] = leaderBase
  else doubles[keys + at - 1] = base
  arena.touched.add((1 << 28) | (unit << 3))
}

/** Takes slot `slot` out of a cell of it and at least two others. */
export function removeFromCell(arena: Arena, unit: number, slot: number, extents: Float64Array): void {
  const { doubles, ids } = arena
  const keys = unit << 2
  const slots = (unit << 4) + 12
  const base = extents[slot << 1]!
  const third = doubles[keys | 1]!
  const fourth = doubles[keys | 2]!
  const at = +(doubles[keys]! <= base) + +(third <= base) + +(fourth <= base)
  const one = ids[slots + 1]!
  const two = ids[slots + 2]!
  const three = ids[slots + 3]!
  // Each slot after `at` moves down a place.
  ids[slots + 1 - +(at < 1)] = one
  const twoAt = 2 - +(at < 2)
  ids[slots + twoAt] = two
  doubles[keys + twoAt - 1] = third
  const threeAt = 3 - +(at < 3)
  ids[slots + threeAt] = three
  doubles[keys + threeAt - 1] = fourth
  doubles[keys | 2] = Number.POSITIVE_INFINITY
  arena.touched.add((1 << 28) | (unit << 3))
}

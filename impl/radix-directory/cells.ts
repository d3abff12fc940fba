import type { Arena } from './arena.js'

/**
 * A cell tells apart the 2 to 4 slots of one bucket, by ascending frame: `ids[16u + 12 …]` are the slots, and the
 * doubles at `4u …` the first frames of the second, third and fourth of them, +∞ where there is none. The slot of a
 * frame is the one at the number of first frames that do not exceed it: three comparisons, and no branch.
 */

export const CELL_SLOTS = 4
const IDS_AT = 12

/** How many slots the cell has. */
export function cellSize({ doubles }: Arena, unit: number): number {
  const at = unit * 4
  let size = 1
  while (size < CELL_SLOTS && doubles[at + size - 1] !== Number.POSITIVE_INFINITY) size++
  return size
}

/** The slot at `index` of the cell. */
export function cellSlot({ ids }: Arena, unit: number, index: number): number {
  return ids[unit * 16 + IDS_AT + index]!
}

/** Makes a fresh cell that of slot `slot` alone: a passing state, a bucket with one slot needs no cell. */
export function startCell({ doubles, ids }: Arena, unit: number, slot: number): void {
  doubles.fill(Number.POSITIVE_INFINITY, unit * 4, unit * 4 + 3)
  ids[unit * 16 + IDS_AT] = slot
}

/** Adds slot `slot` to a cell of fewer than four. */
export function addToCell(arena: Arena, unit: number, slot: number, extents: Float64Array): void {
  const { doubles, ids } = arena
  const base = extents[2 * slot]!
  const keys = unit * 4 - 1
  const slots = unit * 16 + IDS_AT
  let at = cellSize(arena, unit)
  while (at > 0 && extents[2 * ids[slots + at - 1]!]! > base) {
    ids[slots + at] = ids[slots + at - 1]!
    doubles[keys + at] = extents[2 * ids[slots + at]!]!
    at--
  }
  ids[slots + at] = slot
  // The first slot of a cell has no key.
  if (at > 0) doubles[keys + at] = base
}

/** Takes slot `slot`, which is in the cell, out of it, and returns how many are left. */
export function removeFromCell(arena: Arena, unit: number, slot: number): number {
  const { doubles, ids } = arena
  const size = cellSize(arena, unit)
  const keys = unit * 4 - 1
  const slots = unit * 16 + IDS_AT
  let at = 0
  while (ids[slots + at] !== slot) at++
  for (; at + 1 < size; at++) {
    ids[slots + at] = ids[slots + at + 1]!
    if (at > 0) doubles[keys + at] = doubles[keys + at + 1]!
  }
  doubles[keys + size - 1] = Number.POSITIVE_INFINITY
  return size - 1
}

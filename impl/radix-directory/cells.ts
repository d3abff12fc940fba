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

/** Makes a fresh cell that of two slots. */
export function startCell(
  { doubles, ids }: Arena,
  unit: number,
  one: number,
  other: number,
  extents: Float64Array,
): void {
  const keys = unit << 2
  const slots = (unit << 4) + IDS_AT
  const oneBase = extents[one << 1]!
  const otherBase = extents[other << 1]!
  const isFirst = oneBase < otherBase
  doubles[keys] = isFirst ? otherBase : oneBase
  doubles[keys | 1] = Number.POSITIVE_INFINITY
  doubles[keys | 2] = Number.POSITIVE_INFINITY
  ids[slots] = isFirst ? one : other
  ids[slots + 1] = isFirst ? other : one
}

/** Of a cell of two slots the one that is not `slot`; −1 for a cell of more. */
export function otherOfTwo({ doubles, ids }: Arena, unit: number, slot: number): number {
  if (doubles[(unit << 2) | 1]! !== Number.POSITIVE_INFINITY) return -1
  const slots = (unit << 4) + IDS_AT
  return ids[slots] === slot ? ids[slots + 1]! : ids[slots]!
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

/** Takes slot `slot` out of a cell of it and at least two others. */
export function removeFromCell(arena: Arena, unit: number, slot: number): void {
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
}

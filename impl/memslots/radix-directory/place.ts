import { type Arena, CHILD_BITS, FIRST_END, LAST_END, SCALES } from './arena.js'
import { addToCell, CELL_SLOTS, cellSlot, isFull, startCell } from './cells.js'

/**
 * Places slot `slot` in the root: it has the buckets between its two end buckets to itself. The functions below pass
 * small integers only, since V8 puts other numbers on the heap: a bucket has 2^shift frames, `ends` says which ends of
 * the slot lie in it, and frames are computed again where they are needed. Constants are written out: an imported one
 * is a load.
 */
export function placeInRoot(arena: Arena, extents: Float64Array, slot: number): void {
  const { words, doubles } = arena
  const scale = doubles[1]!
  const first = extents[slot << 1]!
  const from = (16 + ((first * scale) | 0)) | 0
  const to = (16 + (((first + extents[(slot << 1) | 1]! - 1) * scale) | 0)) | 0
  const shift = words[13]!
  if (from === to) {
    placeInBucket(arena, extents, from, shift, slot, 3)
    return
  }
  if (to - from > 1) arena.fill(from + 1, to, slot)
  placeInBucket(arena, extents, from, shift, slot, 1)
  placeInBucket(arena, extents, to, shift, slot, 2)
}

/** The same in a child at word `child`, whose buckets have 2^shift frames. */
function placeInChild(
  arena: Arena,
  extents: Float64Array,
  child: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const from = child + firstEntry(extents, shift, slot, ends)
  const to = child + lastEntry(extents, shift, slot, ends)
  if (from === to) {
    placeInBucket(arena, extents, from, shift, slot, ends)
    return
  }
  if (to - from > 1) arena.fill(from + 1, to, slot)
  placeInBucket(arena, extents, from, shift, slot, ends & FIRST_END)
  placeInBucket(arena, extents, to, shift, slot, ends & LAST_END)
}

/** Adds slot `slot` to the bucket at word `at`. */
function placeInBucket(
  arena: Arena,
  extents: Float64Array,
  at: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const { words } = arena
  const entry = words[at]!
  if (entry === -1) {
    words[at] = slot
    arena.touched.add(at)
  } else if (entry < -2) {
    if (isFull(arena, -entry)) split(arena, extents, at, shift, slot, ends)
    else addToCell(arena, -entry, slot, extents)
  } else if (entry >= 1 << 30) {
    const child = entry - (1 << 30)
    words[child - 1]!++
    arena.touched.add(child - 1)
    placeInChild(arena, extents, child, shift - CHILD_BITS, slot, ends)
  } else if (entry >= 0) pair(arena, extents, at, entry, slot)
}

/** Makes the bucket at word `at` that of two slots: a cell. */
export function pair(arena: Arena, extents: Float64Array, at: number, one: number, other: number): void {
  const unit = arena.allocateCell()
  arena.words[at] = unit === 0 ? -2 : -unit
  arena.touched.add(at)
  if (unit !== 0) startCell(arena, unit, one, other, extents)
}

/** A fifth slot in a bucket: a child in the place of the cell. */
function split(
  arena: Arena,
  extents: Float64Array,
  at: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const child = arena.allocateChild()
  const unit = -arena.words[at]!
  arena.words[at] = child === 0 ? -2 : (1 << 30) + child
  arena.touched.add(at)
  arena.releaseCell(unit)
  if (child === 0) return
  arena.words[child - 1] = CELL_SLOTS + 1
  arena.touched.add(child - 1)
  const bucket = bucketOf(extents, shift, slot, ends)
  // A released cell keeps its slots until it is given out again: only its first word is taken for the list.
  const held = [0, 1, 2, 3].map(i => cellSlot(arena, unit, i))
  for (const each of [...held, slot]) {
    const first = bucketOf(extents, shift, each, FIRST_END) === bucket ? FIRST_END : 0
    const last = bucketOf(extents, shift, each, LAST_END) === bucket ? LAST_END : 0
    placeInChild(arena, extents, child, shift - CHILD_BITS, each, first | last)
  }
}

/** The entry of a child at which the slot begins to lie in it. */
export function firstEntry(extents: Float64Array, shift: number, slot: number, ends: number): number {
  if ((ends & 1) === 0) return 0
  return (extents[slot << 1]! * SCALES[shift + 7]!) & 127
}

/** The last entry of a child at which the slot lies in it. */
export function lastEntry(extents: Float64Array, shift: number, slot: number, ends: number): number {
  if ((ends & 2) === 0) return 127
  return ((extents[slot << 1]! + extents[(slot << 1) | 1]! - 1) * SCALES[shift + 7]!) & 127
}

/** Which bucket of 2^shift frames has the end of a slot that `ends` names, the first end if both. */
export function bucketOf(extents: Float64Array, shift: number, slot: number, ends: number): number {
  const first = extents[slot << 1]!
  return Math.floor((ends & FIRST_END ? first : first + extents[(slot << 1) | 1]! - 1) / 2 ** shift)
}

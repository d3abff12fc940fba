import type { IntervalTree } from '../interval-tree/index.js'
import { type Arena, CHILD_BITS, CHILD_ENTRIES, EMPTY, FIRST_END, LAST_END, UNRESOLVED } from './arena.js'
import { otherOfTwo, removeFromCell } from './cells.js'
import { bucketOf, firstEntry, lastEntry, pair } from './place.js'

/** A child into which so few slots reach becomes a cell again. Five had made it a child. */
const FEW = 2
const few = new Int32Array(FEW)

/** Takes slot `slot` out of the root, and its buckets: the reverse of `placeInRoot`, and written like it. */
export function clearFromRoot(arena: Arena, extents: Float64Array, tree: IntervalTree, slot: number): void {
  const { words, doubles } = arena
  const scale = doubles[1]!
  const first = extents[slot << 1]!
  const from = (16 + ((first * scale) | 0)) | 0
  const to = (16 + (((first + extents[(slot << 1) | 1]! - 1) * scale) | 0)) | 0
  const shift = words[13]!
  if (from === to) {
    clearFromBucket(arena, extents, tree, from, shift, slot, 3)
    return
  }
  if (to - from > 1) arena.fill(from + 1, to, -1)
  clearFromBucket(arena, extents, tree, from, shift, slot, 1)
  clearFromBucket(arena, extents, tree, to, shift, slot, 2)
}

/** The same of a child at word `child`, whose buckets have 2^shift frames. */
function clearFromChild(
  arena: Arena,
  extents: Float64Array,
  tree: IntervalTree,
  child: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const from = child + firstEntry(extents, shift, slot, ends)
  const to = child + lastEntry(extents, shift, slot, ends)
  if (from === to) {
    clearFromBucket(arena, extents, tree, from, shift, slot, ends)
    return
  }
  if (to - from > 1) arena.fill(from + 1, to, EMPTY)
  clearFromBucket(arena, extents, tree, from, shift, slot, ends & FIRST_END)
  clearFromBucket(arena, extents, tree, to, shift, slot, ends & LAST_END)
}

/** Takes slot `slot` out of the bucket at word `at`. */
function clearFromBucket(
  arena: Arena,
  extents: Float64Array,
  tree: IntervalTree,
  at: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const { words } = arena
  const entry = words[at]!
  if (entry === slot) {
    words[at] = -1
    arena.touched.add(at)
  } else if (entry < -2) {
    const other = otherOfTwo(arena, -entry, slot)
    if (other < 0) removeFromCell(arena, -entry, slot, extents)
    else {
      words[at] = other
      arena.touched.add(at)
      arena.releaseCell(-entry)
    }
  } else if (entry === -2) derive(arena, extents, tree, at, shift, slot, ends)
  else leaveChild(arena, extents, tree, at, shift, slot, ends)
}

function leaveChild(
  arena: Arena,
  extents: Float64Array,
  tree: IntervalTree,
  at: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const child = arena.words[at]! - (1 << 30)
  clearFromChild(arena, extents, tree, child, shift - CHILD_BITS, slot, ends)
  const { words } = arena
  words[child - 1]!--
  arena.touched.add(child - 1)
  if (words[child - 1]! > FEW) return
  // Two slots share at most one bucket of the child; that bucket is a cell.
  for (let i = 0; i < CHILD_ENTRIES; i++) {
    const entry = words[child + i]!
    if (entry < UNRESOLVED) arena.releaseCell(-entry)
  }
  arena.releaseChild(child)
  derive(arena, extents, tree, at, shift, slot, ends)
}

/** Derives the bucket at word `at`, which `slot` has left, from the tree, if few slots are left in it. */
function derive(
  arena: Arena,
  extents: Float64Array,
  tree: IntervalTree,
  at: number,
  shift: number,
  slot: number,
  ends: number,
): void {
  const first = bucketOf(extents, shift, slot, ends) * 2 ** shift
  const count = tree.collect(first, first + 2 ** shift - 1, few)
  if (count > FEW) return
  arena.words[at] = count === 0 ? EMPTY : few[0]!
  arena.touched.add(at)
  if (count === 2) pair(arena, extents, at, few[0]!, few[1]!)
}

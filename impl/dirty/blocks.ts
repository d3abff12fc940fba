import { lowBits, popcount } from './bit-words.js'
import { BLOCK_WORDS, FREE_BLOCKS, HINT, LIMIT } from './layout.js'

/**
 * Which blocks are free: a bitmap that is changed by atomic operations only, so that a thread that marks a page takes a
 * block without waiting. The thread whose operation clears a bit has the block.
 */

/** Takes a free block below `end`: its number, or −1 where none was seen. */
export function takeBlock(words: Int32Array, end: number): number {
  const last = (end + 31) >>> 5
  // A plain load may be stale; the atomic operation below finds out.
  const from = Math.min(words[HINT]!, last - 1)
  for (let i = 0; i < last; i++) {
    const index = from + i < last ? from + i : from + i - last
    const at = FREE_BLOCKS + index
    for (let free = words[at]!; free !== 0; free = Atomics.load(words, at)) {
      const bit = free & -free
      const block = index * 32 + 31 - Math.clz32(bit)
      if (block >= end) break
      if ((Atomics.and(words, at, ~bit) & bit) === 0) continue // another thread was faster
      if (index !== from) Atomics.store(words, HINT, index)
      return block
    }
  }
  return -1
}

/** Makes a block free. */
export function giveBlock(words: Int32Array, block: number): void {
  Atomics.or(words, FREE_BLOCKS + (block >>> 5), 1 << (block & 31))
  if (block >>> 5 < words[HINT]!) Atomics.store(words, HINT, block >>> 5)
}

function tryTake(words: Int32Array, block: number): boolean {
  const bit = 1 << (block & 31)
  return (Atomics.and(words, FREE_BLOCKS + (block >>> 5), ~bit) & bit) !== 0
}

/** Takes `count` free blocks in a row below `end`: the number of the first, or −1 if there is no such row. */
export function takeRow(words: Int32Array, count: number, end: number): number {
  let first = 0
  while (first + count <= end) {
    let taken = 0
    while (taken < count && tryTake(words, first + taken)) taken++
    if (taken === count) return first
    giveRow(words, first, taken)
    first += taken + 1
  }
  return -1
}

export function giveRow(words: Int32Array, first: number, count: number): void {
  for (let i = 0; i < count; i++) giveBlock(words, first + i)
}

/** How many of the blocks below `end` are not free. */
export function countTaken(words: Int32Array, end: number): number {
  let taken = end
  for (let index = 0; index * 32 < end; index++) {
    const free = Atomics.load(words, FREE_BLOCKS + index) & lowBits(Math.min(32, end - 32 * index))
    taken -= popcount(free)
  }
  return taken
}

/** Blocks that the arena's header and its map take. */
export function headerBlocks(limit: number): number {
  return Math.ceil((FREE_BLOCKS + Math.ceil(limit / 32)) / BLOCK_WORDS)
}

/** Makes every block free but those of the header. */
export function layOut(words: Int32Array, limit: number): void {
  words[LIMIT] = limit
  words.fill(-1, FREE_BLOCKS, FREE_BLOCKS + (limit >>> 5))
  for (let block = limit & ~31; block < limit; block++) giveBlock(words, block)
  words[HINT] = 0
  for (let block = 0; block < headerBlocks(limit); block++) tryTake(words, block)
}

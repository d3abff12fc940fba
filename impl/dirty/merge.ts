import type { DirtyArena } from './arena.js'
import { lowBits } from './bit-words.js'
import { entrySeen, ownWords } from './chunks.js'
import { ALL, BLOCK_WORDS, CHUNK_PAGES, DIRECTORY, NONE } from './layout.js'
import { setWords } from './word-ranges.js'

/** ORs bits of one log into another, at any alignment; see `DirtyLogs.merge`. */
export function merge(
  arena: DirtyArena,
  target: number,
  source: number,
  from: number,
  to: number,
  count: number,
): void {
  const end = to + count
  for (let chunk = to >>> 16; chunk * CHUNK_PAGES < end; chunk++) {
    const base = chunk * CHUNK_PAGES
    const first = Math.max(to, base)
    const length = Math.min(end, base + CHUNK_PAGES) - first
    mergeChunk(arena, target, chunk, first - base, source, from + (first - to), length)
  }
}

/**
 * Into one chunk of the target. If it has no words yet they are filled while still private, without atomic operations.
 */
function mergeChunk(
  arena: DirtyArena,
  target: number,
  chunk: number,
  low: number,
  source: number,
  from: number,
  count: number,
): void {
  const first = entrySeen(arena, source, from >>> 16)
  const last = entrySeen(arena, source, (from + count - 1) >>> 16)
  const whole = first === last && first <= ALL
  if (whole && first === NONE) return
  const entry = entrySeen(arena, target, chunk)
  if (entry === ALL) return
  if (entry === NONE) {
    if (whole && count === CHUNK_PAGES) {
      if (Atomics.compareExchange(arena.words, target + DIRECTORY + chunk, NONE, ALL) === NONE) return
    } else if (publishNew(arena, target, chunk, low, first, last, from, count)) return
  }
  const at = ownWords(arena, target, chunk, ALL)
  if (at !== ALL) orSource(arena, at, low, first, last, from, count, false)
}

function publishNew(
  arena: DirtyArena,
  target: number,
  chunk: number,
  low: number,
  first: number,
  last: number,
  from: number,
  count: number,
): boolean {
  const block = arena.take()
  if (block < 0) return false
  const at = block * BLOCK_WORDS
  if (count === CHUNK_PAGES && first > ALL && last > ALL) {
    // All is overwritten but for the word where the second chunk of the source begins: both put bits into that one.
    arena.words[at + ((-from & (CHUNK_PAGES - 1)) >>> 5)] = 0
  } else arena.kernels.fill(at, BLOCK_WORDS, false)
  orSource(arena, at, low, first, last, from, count, true)
  if (Atomics.compareExchange(arena.words, target + DIRECTORY + chunk, NONE, at) === NONE) return true
  arena.give(block)
  return false
}

/**
 * A chunk of the target is no longer than one of the source, so that its bits come from at most two: `first`, `last`.
 */
function orSource(
  arena: DirtyArena,
  at: number,
  low: number,
  first: number,
  last: number,
  from: number,
  count: number,
  isPrivate: boolean,
): void {
  const bit = from & (CHUNK_PAGES - 1)
  const length = Math.min(CHUNK_PAGES - bit, count)
  orChunk(arena, first, bit, at, low, length, isPrivate)
  if (length < count) orChunk(arena, last, 0, at, low + length, count - length, isPrivate)
}

/** Bits of one chunk of the source, whose directory entry is `source`. */
function orChunk(
  arena: DirtyArena,
  source: number,
  from: number,
  target: number,
  to: number,
  count: number,
  isPrivate: boolean,
): void {
  if (source === ALL) setWords(arena, target, to, to + count)
  else if (source !== NONE) orBits(arena, source, from, target, to, count, isPrivate)
}

/** Bits to bits: whole words of the target by a kernel, those at the ends one by one. */
function orBits(
  arena: DirtyArena,
  source: number,
  from: number,
  target: number,
  to: number,
  count: number,
  isPrivate: boolean,
): void {
  const head = Math.min(-to & 31, count)
  const whole = (count - head) >>> 5
  const tail = count - head - whole * 32
  if (head > 0) orWord(arena.words, source, from, target, to, head, isPrivate)
  if (whole > 0) {
    const { kernels } = arena
    const bit = from + head
    const [first, shift, at] = [source + (bit >>> 5), bit & 31, target + ((to + head) >>> 5)]
    if (isPrivate) kernels.copyShifted(first, shift, at, whole)
    else kernels.orShifted(first, shift, at, whole)
  }
  if (tail > 0) orWord(arena.words, source, from + count - tail, target, to + count - tail, tail, isPrivate)
}

/** Up to 31 bits that lie in one word of the target. */
function orWord(
  words: Int32Array,
  source: number,
  from: number,
  target: number,
  to: number,
  count: number,
  isPrivate: boolean,
): void {
  const at = source + (from >>> 5)
  const shift = from & 31
  let bits = words[at]! >>> shift
  if (shift + count > 32) bits |= words[at + 1]! << (32 - shift)
  bits = (bits & lowBits(count)) << (to & 31)
  if (bits === 0) return
  if (isPrivate) words[target + (to >>> 5)]! |= bits
  else Atomics.or(words, target + (to >>> 5), bits)
}

import type { DirtyArena } from './arena.js'
import { lowBits } from './bit-words.js'
import { entryAt, ownWords } from './chunks.js'
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

/** Into one chunk of the target: first in private words, if it has none yet, so that nothing needs to be atomic. */
function mergeChunk(
  arena: DirtyArena,
  target: number,
  chunk: number,
  low: number,
  source: number,
  from: number,
  count: number,
): void {
  const whole = wholly(arena, source, from, count)
  if (whole === NONE) return
  const entry = entryAt(arena, target, chunk)
  if (entry === ALL) return
  if (entry === NONE) {
    if (whole === ALL && count === CHUNK_PAGES) {
      if (Atomics.compareExchange(arena.words, target + DIRECTORY + chunk, NONE, ALL) === NONE) return
    } else if (publishNew(arena, target, chunk, low, source, from, count)) return
  }
  const at = ownWords(arena, target, chunk, ALL)
  if (at !== ALL) orSource(arena, at, low, source, from, count, false)
}

function publishNew(
  arena: DirtyArena,
  target: number,
  chunk: number,
  low: number,
  source: number,
  from: number,
  count: number,
): boolean {
  const block = arena.take()
  if (block < 0) return false
  const at = block * BLOCK_WORDS
  if (count === CHUNK_PAGES && areWords(arena, source, from, count)) {
    // All is overwritten but for the word where the second chunk of the source begins: both put bits into that one.
    arena.words[at + ((-from & (CHUNK_PAGES - 1)) >>> 5)] = 0
  } else arena.kernels.fill(at, BLOCK_WORDS, false)
  orSource(arena, at, low, source, from, count, true)
  if (Atomics.compareExchange(arena.words, target + DIRECTORY + chunk, NONE, at) === NONE) return true
  arena.give(block)
  return false
}

/** NONE or ALL, if all chunks that the bits lie in are; else −1. */
function wholly(arena: DirtyArena, log: number, from: number, count: number): number {
  const first = entryAt(arena, log, from >>> 16)
  if (first > ALL) return -1
  const last = (from + count - 1) >>> 16
  return last === from >>> 16 || entryAt(arena, log, last) === first ? first : -1
}

/** Whether all chunks that the bits lie in have words. */
function areWords(arena: DirtyArena, log: number, from: number, count: number): boolean {
  const last = (from + count - 1) >>> 16
  return entryAt(arena, log, from >>> 16) > ALL && entryAt(arena, log, last) > ALL
}

/** At most two chunks of the source: a chunk of the target is no longer than one of them. */
function orSource(
  arena: DirtyArena,
  at: number,
  low: number,
  source: number,
  from: number,
  count: number,
  isPrivate: boolean,
): void {
  let done = 0
  while (done < count) {
    const page = from + done
    const bit = page & (CHUNK_PAGES - 1)
    const length = Math.min(CHUNK_PAGES - bit, count - done)
    const entry = entryAt(arena, source, page >>> 16)
    if (entry === ALL) setWords(arena, at, low + done, low + done + length)
    else if (entry !== NONE) orBits(arena, entry, bit, at, low + done, length, isPrivate)
    done += length
  }
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
  orWord(arena.words, source, from, target, to, head)
  if (whole > 0) {
    const { copyShifted, orShifted } = arena.kernels
    const act = isPrivate ? copyShifted : orShifted
    const bit = from + head
    act(source + (bit >>> 5), bit & 31, target + ((to + head) >>> 5), whole)
  }
  orWord(arena.words, source, from + count - tail, target, to + count - tail, tail)
}

/** Up to 31 bits that lie in one word of the target. */
function orWord(
  words: Int32Array,
  source: number,
  from: number,
  target: number,
  to: number,
  count: number,
): void {
  if (count === 0) return
  const at = source + (from >>> 5)
  const shift = from & 31
  let bits = words[at]! >>> shift
  if (shift + count > 32) bits |= words[at + 1]! << (32 - shift)
  bits &= lowBits(count)
  if (bits !== 0) Atomics.or(words, target + (to >>> 5), bits << (to & 31))
}

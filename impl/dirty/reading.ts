import { appendRun, type Ranges } from '../base/ranges.js'
import type { DirtyArena } from './arena.js'
import { appendWordRuns } from './bit-words.js'
import { eachChunk, entryAt } from './chunks.js'
import { ALL, BLOCK_WORDS, CHUNK_PAGES, NONE } from './layout.js'
import { countBits, eachDirtyWord } from './word-ranges.js'

/** Reads a log without changing it. See `DirtyLogs`. */

export function isDirty(arena: DirtyArena, log: number, page: number): boolean {
  const entry = entryAt(arena, log, page >>> 16)
  if (entry <= ALL) return entry === ALL
  const word = Atomics.load(arena.words, entry + ((page >>> 5) & (BLOCK_WORDS - 1)))
  return ((word >>> (page & 31)) & 1) !== 0
}

export function countDirty(arena: DirtyArena, log: number, first: number, count: number): number {
  let total = 0
  eachChunk(first, count, (chunk, low, high) => {
    const entry = entryAt(arena, log, chunk)
    if (entry <= ALL) total += entry === ALL ? high - low : 0
    else total += countBits(arena, entry, low, high)
  })
  return total
}

export function dirtyRanges(arena: DirtyArena, log: number, first: number, count: number): Ranges {
  const runs: Ranges = []
  eachChunk(first, count, (chunk, low, high) => {
    const entry = entryAt(arena, log, chunk)
    const base = chunk * CHUNK_PAGES
    if (entry === ALL) appendRun(runs, base + low, high - low)
    else if (entry !== NONE) {
      eachDirtyWord(arena, entry, low, high, (at, bit, mask) => {
        appendWordRuns(runs, base + bit, Atomics.load(arena.words, at) & mask)
      })
    }
  })
  return runs
}

import type { DirtyArena } from './arena.js'
import { ALL, BLOCK_WORDS, CHUNK_PAGES, DIRECTORY } from './layout.js'

/**
 * A log's directory entry for a chunk: NONE, ALL, or where its words are, all of which are then within `arena.words`.
 */
export function entryAt(arena: DirtyArena, log: number, chunk: number): number {
  const at = log + DIRECTORY + chunk
  const words = at < arena.words.length ? arena.words : arena.refresh()
  const entry = Atomics.load(words, at)
  if (entry + BLOCK_WORDS > words.length) arena.refresh()
  return entry
}

/**
 * The same by plain loads, for a log that no thread changes, or if a compare-exchange follows that fails on a stale
 * entry. Several times as fast: atomic loads are calls.
 */
export function entrySeen(arena: DirtyArena, log: number, chunk: number): number {
  const { words } = arena
  const entry = words[log + DIRECTORY + chunk]
  return entry === undefined || entry + BLOCK_WORDS > words.length ? entryAt(arena, log, chunk) : entry
}

/**
 * Where the chunk's own words are; they are made if it has none. If its entry is `enough`, that is returned instead: a
 * chunk that is ALL needs no words to set bits in it. Of threads that make them at the same time the first wins.
 */
export function ownWords(arena: DirtyArena, log: number, chunk: number, enough: number): number {
  for (;;) {
    const entry = entryAt(arena, log, chunk)
    if (entry > ALL || entry === enough) return entry
    const block = arena.take()
    if (block < 0) continue // the thread that has it is about to make these words, or to give it back
    const at = block * BLOCK_WORDS
    arena.kernels.fill(at, BLOCK_WORDS, entry === ALL)
    if (Atomics.compareExchange(arena.words, log + DIRECTORY + chunk, entry, at) === entry) return at
    arena.give(block)
  }
}

type Visit = (chunk: number, low: number, high: number) => void

/** Visits the chunks that have pages `[first, first + count)`, with the part `[low, high)` of each. */
export function eachChunk(first: number, count: number, visit: Visit): void {
  if (count === 0) return
  const end = first + count
  for (let chunk = first >>> 16; chunk * CHUNK_PAGES < end; chunk++) {
    const base = chunk * CHUNK_PAGES
    visit(chunk, Math.max(first - base, 0), Math.min(end - base, CHUNK_PAGES))
  }
}

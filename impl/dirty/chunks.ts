import type { DirtyArena } from './arena.js'
import { ALL, BLOCK_WORDS, CHUNK_PAGES, DIRECTORY } from './layout.js'

/** What the directory of a log says of a chunk: NONE, ALL, or where its words are, all of which `arena.words` then has. */
export function entryAt(arena: DirtyArena, log: number, chunk: number): number {
  const at = log + DIRECTORY + chunk
  const words = at < arena.words.length ? arena.words : arena.refresh()
  const entry = Atomics.load(words, at)
  if (entry + BLOCK_WORDS > words.length) arena.refresh()
  return entry
}

/**
 * The same by plain loads, for a log that rests, or where a compare-exchange follows that fails if the entry is stale.
 * Several times as quick: atomic loads are calls.
 */
export function entrySeen(arena: DirtyArena, log: number, chunk: number): number {
  const { words } = arena
  const entry = words[log + DIRECTORY + chunk]
  return entry === undefined || entry + BLOCK_WORDS > words.length ? entryAt(arena, log, chunk) : entry
}

/**
 * Where the chunk's own words are, made if it has none; `enough`, if its entry is that: whoever wants to set bits needs
 * no words where all are set. Of threads that make them at the same time the first one wins.
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

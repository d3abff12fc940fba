import { appendRun, type Ranges } from '../base/ranges.js'
import type { DirtyArena } from './arena.js'
import { appendWordRuns, lowBits } from './bit-words.js'
import { eachChunk, entryAt, ownWords } from './chunks.js'
import { ALL, BLOCK_WORDS, CHUNK_PAGES, DIRECTORY, logWords, NONE, NPAGES, tailAt } from './layout.js'
import { clearWords, eachDirtyWord, setWords } from './word-ranges.js'

/** Sets, clears and takes many bits of a log while other threads mark. See `DirtyLogs`. */

export function fill(arena: DirtyArena, log: number, first: number, count: number, on: boolean): void {
  eachChunk(first, count, (chunk, low, high) => fillChunk(arena, log, chunk, low, high, on))
}

function fillChunk(
  arena: DirtyArena,
  log: number,
  chunk: number,
  low: number,
  high: number,
  on: boolean,
): void {
  const whole = on ? ALL : NONE
  for (;;) {
    const entry = entryAt(arena, log, chunk)
    if (entry === whole) return
    const covers = high - low === CHUNK_PAGES
    const at = covers || entry > ALL ? entry : ownWords(arena, log, chunk, whole)
    if (at === whole) return
    if (at > ALL) {
      if (on) setWords(arena, at, low, high)
      else clearWords(arena, at, low, high)
      return
    }
    if (Atomics.compareExchange(arena.words, log + DIRECTORY + chunk, entry, whole) === entry) return
  }
}

export function clearMasked(arena: DirtyArena, log: number, first: number, mask: Uint32Array): void {
  const npages = arena.refresh()[log + NPAGES]!
  for (let i = 0; i < mask.length; i++) {
    const page = first + 32 * i
    const bits = mask[i]! & lowBits(Math.min(32, Math.max(npages - page, 0)))
    if (bits === 0) continue
    const at = ownWords(arena, log, page >>> 16, NONE)
    if (at !== NONE) Atomics.and(arena.words, at + ((page >>> 5) & (BLOCK_WORDS - 1)), ~bits)
  }
}

export function harvest(arena: DirtyArena, log: number): Ranges {
  const runs: Ranges = []
  eachChunk(0, arena.refresh()[log + NPAGES]!, (chunk, low, high) => {
    const base = chunk * CHUNK_PAGES
    const entry = takeWhole(arena, log, chunk)
    if (entry === ALL) appendRun(runs, base, high)
    else if (entry !== NONE) {
      eachDirtyWord(arena, entry, low, high, (at, bit) => {
        appendWordRuns(runs, base + bit, Atomics.exchange(arena.words, at, 0))
      })
    }
  })
  return runs
}

export function harvestInto(arena: DirtyArena, log: number, target: number): void {
  const npages = arena.refresh()[log + NPAGES]!
  eachChunk(0, npages, (chunk, low, high) => {
    const entry = takeWhole(arena, log, chunk)
    if (entry <= ALL) fillChunk(arena, target, chunk, low, high, entry === ALL)
    else {
      const words = high === CHUNK_PAGES ? BLOCK_WORDS : logWords(npages) - tailAt(npages)
      arena.kernels.harvest(entry, ownWords(arena, target, chunk, -1), words)
    }
  })
}

/** The entry of a chunk; if it is ALL, all its bits are taken and it is NONE afterwards. */
function takeWhole(arena: DirtyArena, log: number, chunk: number): number {
  const entry = entryAt(arena, log, chunk)
  if (entry !== ALL) return entry
  const found = Atomics.compareExchange(arena.words, log + DIRECTORY + chunk, ALL, NONE)
  return found === ALL ? ALL : entryAt(arena, log, chunk)
}

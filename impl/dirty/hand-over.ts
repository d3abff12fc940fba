import type { DirtyArena } from './arena.js'
import { entrySeen } from './chunks.js'
import { ALL, CHUNK_PAGES, DIRECTORY, NONE } from './layout.js'
import { merge } from './merge.js'

/** Merges pages of a source that are not read from it again; see `DirtyLogs.handOver`. */
export function handOver(
  arena: DirtyArena,
  target: number,
  source: number,
  from: number,
  to: number,
  count: number,
): void {
  const end = to + count
  const first = Math.ceil(to / CHUNK_PAGES)
  const last = Math.floor(end / CHUNK_PAGES)
  if (((from - to) & (CHUNK_PAGES - 1)) !== 0 || first >= last) {
    merge(arena, target, source, from, to, count)
    return
  }
  const head = first * CHUNK_PAGES - to
  merge(arena, target, source, from, to, head)
  const chunks = (from + head) / CHUNK_PAGES - first
  for (let chunk = first; chunk < last; chunk++) handOverChunk(arena, target, chunk, source, chunk + chunks)
  const rest = end - last * CHUNK_PAGES
  merge(arena, target, source, from + count - rest, end - rest, rest)
}

/**
 * Both chunks are full ones, so their words are blocks, and each log was promised one for it: they may change hands.
 */
function handOverChunk(
  arena: DirtyArena,
  target: number,
  chunk: number,
  source: number,
  sourceChunk: number,
): void {
  const words = entrySeen(arena, source, sourceChunk)
  if (words > ALL) {
    const there = entrySeen(arena, target, chunk)
    // Where a thread died between the two stores below, the target has them already.
    const isHandedOver =
      there === words ||
      (there === NONE &&
        Atomics.compareExchange(arena.words, target + DIRECTORY + chunk, NONE, words) === NONE)
    if (isHandedOver) {
      arena.words[source + DIRECTORY + sourceChunk] = NONE
      return
    }
  }
  merge(arena, target, source, sourceChunk * CHUNK_PAGES, chunk * CHUNK_PAGES, CHUNK_PAGES)
}

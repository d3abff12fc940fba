import type { DirtyArena } from './arena.js'
import {
  AFTER,
  ALL,
  BEFORE,
  BLOCK_WORDS,
  chunksOf,
  DIRECTORY,
  fullChunksOf,
  logWords,
  NO_LOG,
  NONE,
  NPAGES,
  SIZE,
  tailAt,
} from './layout.js'

/** The list of a VM's logs, in the arena, by which all of them can be freed. */
export interface LogList {
  readonly arena: DirtyArena
  /** Where the list's own piece is; 0 before there is one. */
  at: number
}

/** Makes an empty list: where its piece is, or 0 without room. */
export function createLogList(arena: DirtyArena): number {
  return arena.locked(() => {
    const at = arena.takePiece(DIRECTORY)
    if (at < 0) return 0
    arena.words.fill(0, at, at + DIRECTORY)
    return at
  })
}

/** Frees the logs, and the list itself. */
export function freeLogList(list: LogList): void {
  const { arena, at } = list
  if (at === 0) return
  list.at = 0
  for (let log = arena.refresh()[at + AFTER]!; log !== 0; log = arena.words[at + AFTER]!) freeLog(arena, log)
  arena.locked(() => arena.givePiece(at, DIRECTORY))
}

/**
 * Makes a clear log on the list, with blocks promised for all its chunks; `NO_LOG`, with nothing changed, without room.
 */
export function createLog({ arena, at: list }: LogList, npages: number): number {
  const full = fullChunksOf(npages)
  const size = logWords(npages)
  return arena.locked(() => {
    if (!arena.promise(full)) return NO_LOG
    const log = arena.takePiece(size)
    if (log < 0) {
      arena.release(full)
      return NO_LOG
    }
    const { words } = arena
    words[log + NPAGES] = npages
    words[log + SIZE] = size
    words.fill(NONE, log + DIRECTORY, log + size)
    if (full < chunksOf(npages)) words[log + DIRECTORY + full] = log + tailAt(npages)
    link(words, list, log)
    return log
  })
}

/** Takes a log off its list, and frees its chunks and its piece. */
export function freeLog(arena: DirtyArena, log: number): void {
  const words = arena.refresh()
  const full = fullChunksOf(words[log + NPAGES]!)
  for (let chunk = 0; chunk < full; chunk++) {
    const entry = words[log + DIRECTORY + chunk]!
    if (entry > ALL) arena.give(entry / BLOCK_WORDS)
  }
  arena.locked(() => {
    unlink(words, log)
    arena.release(full)
    arena.givePiece(log, words[log + SIZE]!)
  })
}

function link(words: Int32Array, list: number, log: number): void {
  const next = words[list + AFTER]!
  words[log + BEFORE] = list
  words[log + AFTER] = next
  if (next !== 0) words[next + BEFORE] = log
  words[list + AFTER] = log
}

function unlink(words: Int32Array, log: number): void {
  const [before, after] = [words[log + BEFORE]!, words[log + AFTER]!]
  words[before + AFTER] = after
  if (after !== 0) words[after + BEFORE] = before
}

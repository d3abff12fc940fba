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

/**
 * The logs of a VM, in an arena that other VMs may use too: a list of them, by which all can be freed; or `ALONE` in an
 * arena of its own, which goes when the VM goes.
 */
export interface LogList {
  readonly arena: DirtyArena
  /** Where the list's own piece is; 0 before there is one; `ALONE` without a list. */
  at: number
  /** The most milliseconds to wait for the arena's lock. */
  readonly patience: number
}

/** A VM's logs are the only ones of their arena: there is no list, and the VM's lock is the arena's. */
export const ALONE = -1

/** Makes an empty list: where its piece is, or 0 without room. @throws ArenaStuck */
export function createLogList({ arena, patience }: LogList): number {
  return arena.locked(patience, () => {
    const at = arena.takePiece(DIRECTORY)
    if (at < 0) return 0
    arena.words.fill(0, at, at + DIRECTORY)
    return at
  })
}

/** Frees the logs, and the list itself. @throws ArenaStuck */
export function freeLogList(list: LogList): void {
  const { arena, at, patience } = list
  if (at <= 0) return
  list.at = 0
  for (let log = arena.refresh()[at + AFTER]!; log !== 0; log = arena.words[at + AFTER]!) freeLog(list, log)
  arena.locked(patience, () => arena.givePiece(at, DIRECTORY))
}

/**
 * Makes a clear log, with blocks promised for all its chunks; `NO_LOG`, with nothing changed, without room.
 * @throws ArenaStuck
 */
export function createLog(list: LogList, npages: number): number {
  const { arena, at } = list
  const full = fullChunksOf(npages)
  const size = logWords(npages)
  return underLock(list, () => {
    if (!arena.promise(full)) return NO_LOG
    const log = arena.takePiece(size)
    if (log < 0) {
      arena.release(full)
      return NO_LOG
    }
    const { words } = arena
    words[log + NPAGES] = npages
    words[log + SIZE] = size
    words.fill(NONE, log + BEFORE, log + size)
    if (full < chunksOf(npages)) words[log + DIRECTORY + full] = log + tailAt(npages)
    if (at !== ALONE) link(words, at, log)
    return log
  })
}

/**
 * Frees the chunks of a log and its piece. If the thread dies on the way it may be called again, until it has called
 * `forget`: then the piece is lost, unless it was freed.
 * @throws ArenaStuck
 */
export function freeLog(list: LogList, log: number, forget: () => void = nothing): void {
  const { arena } = list
  const words = arena.refresh()
  const full = fullChunksOf(words[log + NPAGES]!)
  for (let chunk = 0; chunk < full; chunk++) {
    const entry = words[log + DIRECTORY + chunk]!
    words[log + DIRECTORY + chunk] = NONE
    if (entry > ALL) arena.give(entry / BLOCK_WORDS)
  }
  underLock(list, () => {
    forget()
    if (list.at !== ALONE) unlink(words, log)
    arena.release(full)
    arena.givePiece(log, words[log + SIZE]!)
  })
}

/** How many blocks were promised to the log, and how many of them it has. */
export function blocksOf(
  arena: DirtyArena,
  log: number,
): { readonly promised: number; readonly used: number } {
  const words = arena.refresh()
  const promised = fullChunksOf(words[log + NPAGES]!)
  let used = 0
  for (let chunk = 0; chunk < promised; chunk++) if (words[log + DIRECTORY + chunk]! > ALL) used++
  return { promised, used }
}

function underLock<T>({ arena, at, patience }: LogList, act: () => T): T {
  return at === ALONE ? act() : arena.locked(patience, act)
}

function nothing(): void {}

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

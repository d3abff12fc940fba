import type { Ranges } from '../base/ranges.js'
import { DirtyArena } from './arena.js'
import { clearMasked, fill, harvest, harvestInto } from './changing.js'
import { ownWords } from './chunks.js'
import { handOver } from './hand-over.js'
import { ALL, BLOCK_WORDS, DIRECTORY, NO_LOG, NPAGES } from './layout.js'
import { ALONE, blocksOf, createLog, createLogList, freeLog, freeLogList, type LogList } from './log-list.js'
import { merge } from './merge.js'
import { countDirty, dirtyRanges, isDirty } from './reading.js'
import type { SharedMemory } from './web-assembly.js'

/** What another thread needs of the logs of a VM; may be posted to a worker. */
export interface DirtyLogsHandle {
  readonly memory: SharedMemory
}

/** Frees the logs of VMs that are collected without having been closed. */
const dropped = new FinalizationRegistry<LogList>(freeLogList)

/**
 * The dirty logs of a VM: one bit a page, 1..2^31 − 1 pages each, named by int32 references that mean the same in every
 * thread that has `attach`ed. A log costs its directory (4 bytes for 65 536 pages) and the bits of the pages that do
 * not fill a chunk; all clear and all set are free beyond that, but room for all its bits is promised from the start.
 *
 * **Order.** A write is its data, then its mark; a harvest takes the bit, and then the data is read. `mark` is one
 * `Atomics.or` and a harvest one exchange, both sequentially consistent: a harvest that takes the bit of a mark sees
 * the data stored before it, however it was stored; one that does not leaves the bit to the next. (x86: `lock`
 * operations.)
 *
 * **Nothing is lost.** A harvest takes a bit or leaves it: bits are set, taken and cleared by atomic operations on
 * their word, also in bulk. The first thread that needs the words of a chunk makes them, marking threads included, and
 * publishes them by one compare-exchange. `free` does not wait: the caller frees a log only once no reader can hold it.
 */
export class DirtyLogs {
  readonly arena: DirtyArena
  /** The list of this VM's logs. An object of its own, since the finalizer needs it when this one is gone. */
  readonly #list: LogList

  private constructor(list: LogList) {
    this.arena = list.arena
    this.#list = list
  }

  /**
   * A VM without logs, in an arena that other VMs of this thread may use; takes no memory before the first log. If the
   * object is collected its logs are freed.
   * @param patience the most milliseconds to wait for the arena's lock
   */
  static open(arena: DirtyArena, patience = 10_000): DirtyLogs {
    const list = { arena, at: 0, patience }
    const logs = new DirtyLogs(list)
    dropped.register(logs, list, list)
    return logs
  }

  /** A VM without logs whose arena is empty and stays its own: it may be shared. Logs are made and freed one at a time. */
  static alone(arena: DirtyArena): DirtyLogs {
    return new DirtyLogs({ arena, at: ALONE, patience: 0 })
  }

  /** The logs of a VM, in another thread. */
  static attach({ memory }: DirtyLogsHandle): DirtyLogs {
    return DirtyLogs.alone(DirtyArena.attach(memory))
  }

  /** What `attach` takes. */
  get handle(): DirtyLogsHandle {
    return { memory: this.arena.memory }
  }

  /** Frees every log. Neither the logs nor this object may be used any more. @throws ArenaStuck */
  close(): void {
    dropped.unregister(this.#list)
    freeLogList(this.#list)
  }

  #hasList(): boolean {
    const list = this.#list
    if (list.at === 0) list.at = createLogList(list)
    return list.at !== 0
  }

  /**
   * Makes a log of `npages` pages, all clear or all set; `NO_LOG`, with nothing changed, without room.
   * @throws ArenaStuck
   */
  create(npages: number, allSet = false): number {
    const log = this.#hasList() ? createLog(this.#list, npages) : NO_LOG
    if (log !== NO_LOG && allSet) this.fill(log, 0, npages, true)
    return log
  }

  /**
   * Frees a log. The caller has made sure that no reader holds it.
   * @param forget called once what is left of the log may not be freed again, should this thread die
   * @throws ArenaStuck
   */
  free(log: number, forget?: () => void): void {
    freeLog(this.#list, log, forget)
  }

  /**
   * Makes the arena sound again after a thread has died that made or freed logs.
   * @param logs all that there are
   */
  recover(logs: Iterable<number>): void {
    let [promised, used] = [0, 0]
    for (const log of logs) {
      const its = blocksOf(this.arena, log)
      promised += its.promised
      used += its.used
    }
    this.arena.recount(promised, used)
  }

  npages(log: number): number {
    const { words } = this.arena
    return (log < words.length ? words : this.arena.refresh())[log + NPAGES]!
  }

  /** Marks page `page`. Cannot fail, and makes no garbage. */
  mark(log: number, page: number): void {
    const { words } = this.arena
    // Beyond the end of a view that is too short by now, entry or word is undefined: that goes the slow way.
    const entry = words[(log + DIRECTORY + (page >>> 16)) | 0]!
    const at = (entry + ((page >>> 5) & (BLOCK_WORDS - 1))) | 0
    if (entry > ALL && at < words.length) Atomics.or(words, at, 1 << (page & 31))
    else this.#markSlowly(log, page)
  }

  /**
   * Marks page `page` unless its bit is seen set: several times as fast for pages that are written again and again, and
   * threads do not contend for the word. But a plain load orders nothing: a harvest that takes the bit at this moment
   * must wait for the accesses in flight before the data is read.
   */
  markIfClear(log: number, page: number): void {
    const { words } = this.arena
    const entry = words[(log + DIRECTORY + (page >>> 16)) | 0]!
    if (entry === ALL) return
    const at = (entry + ((page >>> 5) & (BLOCK_WORDS - 1))) | 0
    if (entry > ALL && at < words.length) {
      const bit = 1 << (page & 31)
      if ((words[at]! & bit) === 0) Atomics.or(words, at, bit)
    } else this.#markSlowly(log, page)
  }

  #markSlowly(log: number, page: number): void {
    const { arena } = this
    for (;;) {
      const at = ownWords(arena, log, page >>> 16, ALL)
      const entry = log + DIRECTORY + (page >>> 16)
      if (at !== ALL) {
        Atomics.or(arena.words, at + ((page >>> 5) & (BLOCK_WORDS - 1)), 1 << (page & 31))
        return
      }
      // The chunk is all set. The compare-exchange orders this mark before or after a harvest that takes the chunk.
      if (Atomics.compareExchange(arena.words, entry, ALL, ALL) === ALL) return
    }
  }

  /** Whether page `page` is dirty. */
  test(log: number, page: number): boolean {
    return isDirty(this.arena, log, page)
  }

  /** Sets or clears `count` pages from `first`, all within the log, word by word. */
  fill(log: number, first: number, count: number, on: boolean): void {
    fill(this.arena, log, first, count, on)
  }

  /**
   * KVM_CLEAR_DIRTY_LOG's bitmap: clears page `first + i` where bit `i` of `mask` is set, one atomic operation a word.
   * `first` is a multiple of 32; bits beyond the log's end are ignored.
   */
  clearMasked(log: number, first: number, mask: Uint32Array): void {
    clearMasked(this.arena, log, first, mask)
  }

  /** How many of the `count` pages from `first` are dirty. */
  count(log: number, first = 0, count = this.npages(log) - first): number {
    return countDirty(this.arena, log, first, count)
  }

  /** The dirty ones of the `count` pages from `first`, as ascending maximal runs. */
  ranges(log: number, first = 0, count = this.npages(log) - first): Ranges {
    return dirtyRanges(this.arena, log, first, count)
  }

  /** Takes all dirty pages: returns and clears them. A mark made meanwhile is taken or stays. */
  harvest(log: number): Ranges {
    return harvest(this.arena, log)
  }

  /**
   * Takes every bit into `target`, a log of as many pages that only this thread has, and whose own bits are
   * overwritten: the bulk form of `harvest`, for logs of millions of pages.
   */
  harvestInto(log: number, target: number): void {
    harvestInto(this.arena, log, target)
  }

  /**
   * ORs the `count` bits of log `source` from `from` on into those of `target`, another log, from `to` on, at any
   * alignment. Other threads may mark in the target meanwhile; the source must not change.
   */
  merge(target: number, source: number, from: number, to: number, count: number): void {
    merge(this.arena, target, source, from, to, count)
  }
  /**
   * `merge`, for pages of the source that are not read from it again: if whole chunks keep their alignment, their words
   * move to the target and nothing is copied. The source's bits of these pages mean nothing afterwards.
   */
  handOver(target: number, source: number, from: number, to: number, count: number): void {
    handOver(this.arena, target, source, from, to, count)
  }
}

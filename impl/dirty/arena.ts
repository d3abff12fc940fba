import { giveBlock, giveRow, headerBlocks, layOut, takeBlock, takeRow } from './blocks.js'
import type { Kernels } from './kernels.js'
import { wasmKernels } from './kernels-wasm.js'
import { BLOCK_WORDS, COMMITTED, FREE_PIECES, LIMIT, LOCK } from './layout.js'
import { ArenaStuck, lock, unlock } from './lock.js'
import { makeSharedMemory, type SharedMemory } from './web-assembly.js'

export { ArenaStuck }

const BLOCKS_A_PAGE = 65_536 / (BLOCK_WORDS * 4)
const MAX_BYTES = 2 ** 32
/** Blocks that threads may hold for a moment beyond what is promised, while they race for one chunk. */
const SPARE_BLOCKS = 64
/** Smallest piece cut from a block: 2^4 words. */
const SMALLEST_PIECE = 4

type MakeKernels = (memory: SharedMemory, view: () => Int32Array) => Kernels

export interface ArenaOptions {
  /** Bytes that all logs together may take: 1 MiB..4 GiB, whole pages of 64 KiB. 4 GiB. */
  readonly maxBytes?: number | undefined
  /** The loops over many words; in WebAssembly, but for tests that compare. */
  readonly kernels?: MakeKernels | undefined
}

let ofThread: DirtyArena | undefined

/**
 * The memory that dirty logs live in: one shared WebAssembly.Memory, which any number of VMs and threads may use. Nothing
 * fails late: a log is made only if every block that it may ever need can be promised to it. Blocks cost address space
 * when promised, and memory when first written.
 */
export class DirtyArena {
  readonly memory: SharedMemory
  readonly kernels: Kernels
  /** The arena's words. Another thread's growth makes it too short; see `refresh`. */
  words: Int32Array

  private constructor(memory: SharedMemory, kernels: MakeKernels = wasmKernels) {
    this.memory = memory
    this.words = new Int32Array(memory.buffer)
    this.kernels = kernels(memory, () => this.refresh())
  }

  /** An empty arena. @throws RangeError for options outside their range, and where the host has no such memory */
  static create({ maxBytes = MAX_BYTES, kernels }: ArenaOptions = {}): DirtyArena {
    if (!Number.isInteger(maxBytes / 65_536) || maxBytes < 2 ** 20 || maxBytes > MAX_BYTES) {
      throw new RangeError(`an arena takes 1 MiB to 4 GiB, whole pages of 64 KiB, not ${maxBytes} bytes`)
    }
    const pages = maxBytes / 65_536
    const limit = pages * BLOCKS_A_PAGE
    const first = Math.ceil((headerBlocks(limit) + SPARE_BLOCKS) / BLOCKS_A_PAGE)
    const arena = new DirtyArena(makeSharedMemory(first, pages), kernels)
    layOut(arena.words, limit)
    return arena
  }

  /** The arena that VMs of this thread share unless they are given one: up to 4 GiB, made when first asked for. */
  static ofThread(): DirtyArena {
    ofThread ??= DirtyArena.create()
    return ofThread
  }

  /** The arena of another thread, which sent its `memory`. */
  static attach(memory: SharedMemory, kernels?: MakeKernels): DirtyArena {
    return new DirtyArena(memory, kernels)
  }

  /** Bytes that logs take or are promised. */
  get committedBytes(): number {
    return Atomics.load(this.words, COMMITTED) * BLOCK_WORDS * 4
  }

  /** The words, as many as there are now. */
  refresh(): Int32Array {
    const { buffer } = this.memory
    if (this.words.buffer !== buffer) this.words = new Int32Array(buffer)
    return this.words
  }

  /** Holds the arena against other threads that make or free logs. Marking threads never wait for it. @throws ArenaStuck */
  locked<T>(act: () => T): T {
    lock(this.words, LOCK)
    try {
      return act()
    } finally {
      unlock(this.words, LOCK)
    }
  }

  /** Promises so many blocks; false, with nothing changed, where there is no room. Under the lock. */
  promise(blocks: number): boolean {
    const limit = this.words[LIMIT]!
    const committed = Atomics.load(this.words, COMMITTED) + blocks
    const needed = headerBlocks(limit) + committed + SPARE_BLOCKS
    if (needed > limit || !this.#growTo(needed)) return false
    Atomics.store(this.words, COMMITTED, committed)
    return true
  }

  /** Takes a promise back. Under the lock. */
  release(blocks: number): void {
    Atomics.sub(this.words, COMMITTED, blocks)
  }

  /** A block that was promised, or −1 where those of the last moment are with threads that will give them back. */
  take(): number {
    const block = takeBlock(this.words, this.#blocks)
    return block >= 0 ? block : takeBlock(this.refresh(), this.#blocks)
  }

  give(block: number): void {
    giveBlock(this.words, block) // the map is in every view
  }

  /** A piece of so many words, not cleared, for which nothing was promised: where it begins, or −1. Under the lock. */
  takePiece(size: number): number {
    if (size > BLOCK_WORDS) return this.#takeRow(Math.ceil(size / BLOCK_WORDS))
    const order = orderOf(size)
    const list = FREE_PIECES + order
    if (this.words[list] === 0 && !this.#cutBlock(order)) return -1
    const piece = this.words[list]!
    this.words[list] = this.words[piece]!
    return piece
  }

  /** Gives back a piece of so many words. Under the lock. */
  givePiece(piece: number, size: number): void {
    if (size > BLOCK_WORDS) {
      const blocks = Math.ceil(size / BLOCK_WORDS)
      giveRow(this.refresh(), piece / BLOCK_WORDS, blocks)
      this.release(blocks)
    } else {
      const list = FREE_PIECES + orderOf(size)
      const words = this.refresh()
      words[piece] = words[list]!
      words[list] = piece
    }
  }

  /** Makes a block into pieces of 2^order words. */
  #cutBlock(order: number): boolean {
    if (!this.promise(1)) return false
    const block = this.take()
    if (block < 0) {
      this.release(1)
      return false
    }
    for (let at = 0; at < BLOCK_WORDS; at += 1 << order) {
      this.words[block * BLOCK_WORDS + at] = this.words[FREE_PIECES + order]!
      this.words[FREE_PIECES + order] = block * BLOCK_WORDS + at
    }
    return true
  }

  #takeRow(count: number): number {
    if (!this.promise(count)) return -1
    let first = takeRow(this.words, count, this.#blocks)
    // What was promised may lie scattered: then the row is made at the end.
    if (first < 0 && this.#growTo(this.#blocks + count)) first = takeRow(this.words, count, this.#blocks)
    if (first < 0) this.release(count)
    return first * BLOCK_WORDS
  }

  get #blocks(): number {
    return this.words.length / BLOCK_WORDS
  }

  #growTo(blocks: number): boolean {
    const pages = Math.ceil((blocks - this.refresh().length / BLOCK_WORDS) / BLOCKS_A_PAGE)
    if (pages <= 0) return true
    try {
      this.memory.grow(pages)
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
    this.refresh()
    return true
  }
}

/** The least power of two, not below the smallest piece, that holds so many words. */
function orderOf(size: number): number {
  return Math.max(SMALLEST_PIECE, 32 - Math.clz32(size - 1))
}

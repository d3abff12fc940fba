import { countTaken, giveBlock, giveRow, headerBlocks, layOut, takeBlock, takeRow } from './blocks.js'
import type { Kernels } from './kernels.js'
import { wasmKernels } from './kernels-wasm.js'
import { BLOCK_WORDS, COMMITTED, FREE_PIECES, LIMIT, LOCK, PIECES } from './layout.js'
import { ArenaStuck, lock, unlock } from './lock.js'
import { makeSharedMemory, type SharedMemory } from './web-assembly.js'

export { ArenaStuck }

const BLOCKS_A_PAGE = 65_536 / (BLOCK_WORDS * 4)
const MAX_BYTES = 2 ** 32
/** Blocks that threads may hold for a moment beyond those promised, while several make the words of one chunk. */
const SPARE_BLOCKS = 64
/** Smallest piece cut from a block: 2^4 words. */
const SMALLEST_PIECE = 4

type MakeKernels = (memory: SharedMemory, view: () => Int32Array) => Kernels

export interface ArenaOptions {
  /** The most bytes that all logs together take: 1 MiB to 4 GiB, a multiple of 64 KiB. Default 4 GiB. */
  readonly maxBytes?: number | undefined
  /** The loops over many words. WebAssembly by default; tests compare it with TypeScript. */
  readonly kernels?: MakeKernels | undefined
}

let ofThread: DirtyArena | undefined

/**
 * The memory of dirty logs: one shared WebAssembly.Memory, which any number of VMs and threads may use. Marking a page
 * never fails for lack of memory: a log is made only if every block that it may ever need can be promised to it. A
 * block costs address space when promised, and memory when first written.
 *
 * A VM that is shared (`Vm.share`) leaves its arena for one of its own, of the same size: no VM waits for what happens
 * to the threads of another.
 *
 * @example
 * const arena = DirtyArena.create({ maxBytes: 64 * 2 ** 20 })
 * const vms = [new Vm({ arena }), new Vm({ arena })] // their logs share 64 MiB; a log without room is ENOMEM
 */
export class DirtyArena {
  readonly memory: SharedMemory
  readonly kernels: Kernels
  /** The arena's words. Another thread's growth makes it too short; see `refresh`. */
  words: Int32Array
  readonly #makeKernels: MakeKernels

  private constructor(memory: SharedMemory, kernels: MakeKernels = wasmKernels) {
    this.memory = memory
    this.#makeKernels = kernels
    this.words = new Int32Array(memory.buffer)
    this.kernels = kernels(memory, () => this.refresh())
  }

  /** An empty arena. @throws RangeError for an option outside its range, and if the host has no memory for it */
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

  /** The arena that VMs of this thread share unless they are given one: of 4 GiB, made at the first call. */
  static ofThread(): DirtyArena {
    ofThread ??= DirtyArena.create()
    return ofThread
  }

  /** An empty arena of the same size. @throws RangeError if the host has no memory for it */
  another(): DirtyArena {
    const maxBytes = this.words[LIMIT]! * BLOCK_WORDS * 4
    return DirtyArena.create({ maxBytes, kernels: this.#makeKernels })
  }

  /** The arena of another thread, which has posted its `memory`. */
  static attach(memory: SharedMemory, kernels?: MakeKernels): DirtyArena {
    return new DirtyArena(memory, kernels)
  }

  /** Bytes that logs take or are promised. */
  get committedBytes(): number {
    return Atomics.load(this.words, COMMITTED) * BLOCK_WORDS * 4
  }

  /** Renews `words` if the memory has grown, and returns them. */
  refresh(): Int32Array {
    const { buffer } = this.memory
    if (this.words.buffer !== buffer) this.words = new Int32Array(buffer)
    return this.words
  }

  /**
   * Runs `act` under the arena's lock, which threads take to make or free logs, and never to mark.
   * @throws ArenaStuck after `patience` milliseconds
   */
  locked<T>(patience: number, act: () => T): T {
    lock(this.words, LOCK, patience)
    try {
      return act()
    } finally {
      unlock(this.words, LOCK)
    }
  }

  /** Promises `blocks` blocks; false, with nothing changed, without room. Under the lock. */
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

  /**
   * A block that was promised; −1 if all are taken, for a moment, by threads that race for a chunk and return theirs.
   * A thread that died may have had one in hand: the arena then grows by some.
   */
  take(): number {
    const block = takeBlock(this.words, this.#blocks)
    if (block >= 0) return block
    const another = takeBlock(this.refresh(), this.#blocks)
    if (another >= 0 || this.#blocks >= this.words[LIMIT]!) return another
    this.#growTo(this.#blocks + 1)
    return takeBlock(this.words, this.#blocks)
  }

  give(block: number): void {
    giveBlock(this.words, block) // the map of free blocks is within every view
  }

  /** A piece of `size` words, not cleared: where it begins, or −1 without room. It needs no promise. Under the lock. */
  takePiece(size: number): number {
    if (size > BLOCK_WORDS) return this.#takeRow(Math.ceil(size / BLOCK_WORDS))
    const order = orderOf(size)
    const list = FREE_PIECES + order
    if (this.words[list] === 0 && !this.#cutBlock(order)) return -1
    const piece = this.words[list]!
    this.words[list] = this.words[piece]!
    return piece
  }

  /** Frees a piece of `size` words. Under the lock. */
  givePiece(piece: number, size: number): void {
    if (size > BLOCK_WORDS) {
      const blocks = Math.ceil(size / BLOCK_WORDS)
      Atomics.sub(this.words, PIECES, blocks)
      giveRow(this.refresh(), piece / BLOCK_WORDS, blocks)
      this.release(blocks)
    } else {
      const list = FREE_PIECES + orderOf(size)
      const words = this.refresh()
      words[piece] = words[list]!
      words[list] = piece
    }
  }

  /** Cuts a block into pieces of 2^order words. */
  #cutBlock(order: number): boolean {
    if (!this.promise(1)) return false
    const block = this.take()
    if (block < 0) {
      this.release(1)
      return false
    }
    Atomics.add(this.words, PIECES, 1)
    for (let at = 0; at < BLOCK_WORDS; at += 1 << order) {
      this.words[block * BLOCK_WORDS + at] = this.words[FREE_PIECES + order]!
      this.words[FREE_PIECES + order] = block * BLOCK_WORDS + at
    }
    return true
  }

  #takeRow(count: number): number {
    if (!this.promise(count)) return -1
    let first = takeRow(this.words, count, this.#blocks)
    // The free blocks may not be consecutive: then the row is taken from the end, by growing.
    if (first < 0 && this.#growTo(this.#blocks + count)) first = takeRow(this.words, count, this.#blocks)
    if (first < 0) {
      this.release(count)
      return -1
    }
    Atomics.add(this.words, PIECES, count)
    return first * BLOCK_WORDS
  }

  /**
   * Counts anew what is promised, after a thread has died that made or freed a log: the logs that there are were
   * promised `promised` blocks and have `used` of them. What that thread had in hand is lost; so nothing is promised
   * that is not there. No other thread makes or frees logs meanwhile.
   */
  recount(promised: number, used: number): void {
    const words = this.refresh()
    const pieces = Atomics.load(words, PIECES)
    const lost = countTaken(words, this.#blocks) - headerBlocks(words[LIMIT]!) - pieces - used
    Atomics.store(words, COMMITTED, pieces + promised + Math.max(lost, 0))
    Atomics.store(words, LOCK, 0)
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

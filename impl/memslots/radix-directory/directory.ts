import type { IntervalTree } from '../interval-tree/index.js'
import type { SlotColumns } from '../slot-columns.js'
import { Arena, LIMIT, MIN_BYTES, powerOfTwo, type RadixDirectoryHandle, rootFor } from './arena.js'
import { clearFromRoot } from './clear.js'
import { placeInRoot } from './place.js'

/** Slots in whose tree a way down is no longer than looking for a neighbour. */
const FEW = 48

export interface RadixDirectoryOptions {
  /** Bytes to make room for at first. What an empty directory needs. */
  readonly bytes?: number
  /** The most bytes it may ever take. 2^30. */
  readonly maxBytes?: number
}

/**
 * Which slot holds a frame, in constant time: a radix directory derived from the tree of a set's frames. The root cuts
 * the frames below a limit into a power of two of buckets, 2 to 4 for each slot. An entry says that no slot reaches
 * into its bucket, or which one does, or it is a cell that tells 2 to 4 slots apart, or a child that resolves 7 bits
 * more. So slots that crowd a bucket cost a level, at most seven, and never a search.
 *
 * It cannot fail: for a bucket for which there is no memory left every slot is looked at. An edit follows the same edit of
 * the tree, slot by slot, while the columns describe the slot. It takes time in the entries that the slot covers, which
 * are filled like memory, and in at most two buckets at its ends; now and then, amortised over the edits between, the
 * whole is laid out anew. One thread writes; others `attach` and call `find` while the writer leaves it and the columns alone.
 */
export class RadixDirectory {
  #arena: Arena
  #columns: SlotColumns
  #tree: IntervalTree
  // What `find` reads, at hand: with arena and columns in between it takes a quarter longer. And arrays from the start:
  // V8 checks the map of what a field holds at every use, unless all it ever held had the same.
  #words: Int32Array = new Int32Array(0)
  #doubles: Float64Array = new Float64Array(0)
  #slots: Uint16Array = new Uint16Array(0)
  #extents: Float64Array = new Float64Array(0)

  private constructor(arena: Arena, columns: SlotColumns, tree: IntervalTree) {
    this.#arena = arena
    this.#columns = columns
    this.#tree = tree
    this.#view()
  }

  /** The directory of the slots in `tree`, whose values are slots of `columns`. @throws RangeError without memory for it */
  static create(
    columns: SlotColumns,
    tree: IntervalTree,
    { bytes = MIN_BYTES, maxBytes = 2 ** 30 }: RadixDirectoryOptions = {},
  ): RadixDirectory {
    const directory = new RadixDirectory(Arena.create(bytes, maxBytes), columns, tree)
    directory.layOut()
    return directory
  }

  /** The directory that another thread writes, with the columns and the tree attached. */
  static attach(handle: RadixDirectoryHandle, columns: SlotColumns, tree: IntervalTree): RadixDirectory {
    return new RadixDirectory(Arena.attach(handle), columns, tree)
  }

  get handle(): RadixDirectoryHandle {
    return this.#arena.handle
  }

  /** Whether growth has replaced the memory this object reads. Only readers see it; they must attach anew. */
  get hasMoved(): boolean {
    return this.#arena.hasMoved
  }

  /** Bytes of the buffer. */
  get bytes(): number {
    return this.#arena.handle.buffer.byteLength
  }

  /** The number of the slot that holds frame `gfn` (an integer 0..2^52), or −1. Allocates nothing. */
  find(gfn: number): number {
    // Of the arena's layout, again: a constant that is imported is a load, and a fifth of the time.
    const child = 1 << 30
    const childEntries = 128
    const words = this.#words
    const doubles = this.#doubles
    if (!(gfn < doubles[0]!)) return -1
    let scale = doubles[1]!
    let entry = words[(16 + ((gfn * scale) | 0)) | 0]!
    while (entry >= child) {
      scale *= childEntries
      entry = words[(entry - child + ((gfn * scale) & (childEntries - 1))) | 0]!
    }
    if (entry < 0) {
      if (entry === -1) return -1
      if (entry === -2) return this.#search(gfn)
      const key = -entry << 2
      const place =
        +(doubles[key]! <= gfn) + +(doubles[(key + 1) | 0]! <= gfn) + +(doubles[(key + 2) | 0]! <= gfn)
      entry = this.#slots[((key << 2) + 12 + place) | 0]!
    }
    const extents = this.#extents
    const page = gfn - extents[entry << 1]!
    return page >= 0 && page < extents[(entry << 1) | 1]! ? entry : -1
  }

  /**
   * A slot that may be next to frame `frames[at]` in order, or holds it; or −1. It is found, if at all, in few steps:
   * where the frame's bucket is empty, the ones before it are looked at, and none that has a child. Of few slots none is
   * found: their tree is as quickly gone through.
   */
  near(frames: Float64Array, at: number): number {
    const words = this.#words
    const doubles = this.#doubles
    const gfn = frames[at]!
    if (!(gfn < doubles[0]!) || this.#tree.size < FEW) return -1
    const bucket = (16 + ((gfn * doubles[1]!) | 0)) | 0
    const least = Math.max(16, bucket - 16)
    for (let from = bucket; from >= least; from--) {
      const entry = words[from]!
      if (entry === -1) continue
      if (entry >= -2) return entry < 1 << 30 ? entry | (entry >> 31) : -1
      const key = -entry << 2
      const place =
        +(doubles[key]! <= gfn) + +(doubles[(key + 1) | 0]! <= gfn) + +(doubles[(key + 2) | 0]! <= gfn)
      return this.#slots[((key << 2) + 12 + place) | 0]!
    }
    return -1
  }

  /** The same by looking at every slot. */
  #search(gfn: number): number {
    const extents = this.#extents
    for (let slot = 0; 2 * slot < extents.length; slot++) {
      const page = gfn - extents[2 * slot]!
      if (page >= 0 && page < extents[2 * slot + 1]!) return slot
    }
    return -1
  }

  /** Takes in slot `slot`, which the tree has just taken in and the columns describe. */
  insert(slot: number): void {
    const arena = this.#arena
    const { extents } = this.#columns
    if (extents[2 * slot]! + extents[2 * slot + 1]! > arena.doubles[LIMIT]! || arena.wantsLargerRoot) {
      this.layOut()
      return
    }
    arena.countEdit(1)
    placeInRoot(arena, extents, slot)
    this.#view()
  }

  /** Lets go of slot `slot`, which the tree has just let go of and the columns still describe. */
  remove(slot: number): void {
    const arena = this.#arena
    const edits = arena.countEdit(-1)
    clearFromRoot(arena, this.#columns.extents, this.#tree, slot)
    if (edits >= arena.rootEntries && arena.isFarTooLarge(this.#tree.greatestEnd)) this.layOut()
    else this.#view()
  }

  /** Makes this and `twin`, which were created alike and not edited yet, grow together: each can follow the other. */
  pair(twin: RadixDirectory): void {
    this.#arena.pair(twin.#arena)
  }

  /**
   * Makes this directory equal to its twin `source` by copying what edits there have changed since they were equal.
   * Columns and tree come first.
   */
  follow(source: RadixDirectory): void {
    this.#arena.follow(source.#arena)
    this.#view()
  }

  /** Makes the directory anew from the tree: O(slots). */
  layOut(): void {
    const arena = this.#arena
    const { size, greatestEnd } = this.#tree
    const limit = powerOfTwo(Math.max(greatestEnd + 1, 16))
    const slots = new Int32Array(size)
    this.#tree.collect(0, greatestEnd, slots)
    arena.layOut(Math.min(limit, rootFor(size)), limit)
    arena.count = size
    const { extents } = this.#columns
    for (let i = 0; i < size; i++) placeInRoot(arena, extents, slots[i]!)
    this.#view()
  }

  /** Every edit may have moved arena or columns. What an edit does not touch is the same in memory that was outgrown. */
  #view(): void {
    const { words, doubles, ids } = this.#arena
    const { extents } = this.#columns
    if (this.#extents !== extents) this.#extents = extents
    if (this.#words === words) return
    this.#words = words
    this.#doubles = doubles
    this.#slots = ids
  }
}

import type { IntervalTree } from '../interval-tree/index.js'
import type { SlotColumns } from '../slot-columns.js'
import { Arena, LIMIT, MIN_BYTES, powerOfTwo, type RadixDirectoryHandle, rootFor } from './arena.js'
import { clearFromRoot } from './clear.js'
import { placeInRoot } from './place.js'

/** With fewer slots than this, a search of the tree is no slower than looking for a neighbour. */
const FEW = 48

export interface RadixDirectoryOptions {
  /** Bytes to make room for at first. What an empty directory needs. */
  readonly bytes?: number
  /** The most bytes it may ever take. Default 2^30. */
  readonly maxBytes?: number
}

/**
 * Which slot holds a frame, in constant time: a radix directory derived from the tree of a set's frames. The root cuts
 * the frames below a limit into a power of two of buckets, 2 to 4 for each slot. An entry says that no slot reaches
 * into its bucket, or which one does; or it names a cell, which separates 2 to 4 slots, or a child, which resolves 7
 * more bits. So crowded slots cost another level, at most seven, and never a search.
 *
 * It cannot fail: without memory for a bucket, lookups there compare every slot. Each slot is first inserted into or
 * removed from the tree, then here, while the columns describe it. It takes time in the entries that the slot covers,
 * which are filled like memory, and in at most two buckets at its ends; now and then, amortised over the edits between,
 * the whole is laid out anew. One thread writes; others `attach` and call `find` while the writer leaves it and the
 * columns alone.
 */
export class RadixDirectory {
  #arena: Arena
  #columns: SlotColumns
  #tree: IntervalTree
  // What `find` reads, without a way through arena and columns, which takes a quarter longer. Arrays from the start: V8
  // checks the map of a field's value at every use, unless all values it ever had share one map.
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

  /**
   * The directory of the slots in `tree`, whose values are slots of `columns`.
   * @throws RangeError without memory
   */
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
    // The arena's constants again: loading an imported constant costs a fifth of the time.
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
   * A hint for searches of the tree: a slot that probably holds frame `frames[at]` or is next to it in order, or −1. It
   * takes a few steps: an empty bucket sends it to the ones before, and it looks into no child. With few slots it is
   * always −1, since their tree is searched as fast.
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

  /** `find` by comparing every slot. */
  #search(gfn: number): number {
    const extents = this.#extents
    for (let slot = 0; 2 * slot < extents.length; slot++) {
      const page = gfn - extents[2 * slot]!
      if (page >= 0 && page < extents[2 * slot + 1]!) return slot
    }
    return -1
  }

  /** Inserts slot `slot`, which was just inserted into the tree and which the columns describe. */
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

  /** Removes slot `slot`, which was just removed from the tree and which the columns still describe. */
  remove(slot: number): void {
    const arena = this.#arena
    const edits = arena.countEdit(-1)
    clearFromRoot(arena, this.#columns.extents, this.#tree, slot)
    if (edits >= arena.rootEntries && arena.isFarTooLarge(this.#tree.greatestEnd)) this.layOut()
    else this.#view()
  }

  /**
   * Pairs this with `twin`, created alike and not edited yet: from now on both grow together, so that `follow` has
   * room.
   */
  pair(twin: RadixDirectory): void {
    this.#arena.pair(twin.#arena)
  }

  /**
   * Brings this directory up to date with its twin `source` by copying what edits there have changed since the two were
   * equal. Columns and tree come first.
   */
  follow(source: RadixDirectory): void {
    this.#arena.follow(source.#arena)
    this.#view()
  }

  /** Makes this directory equal to its twin `source`, whatever is in it. */
  copy(source: RadixDirectory): void {
    this.#arena.copy(source.#arena)
    this.#view()
  }

  /** Forgets which parts were edited since this directory and its twin were equal: they are again. */
  forgetEdits(): void {
    this.#arena.touched.clear()
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

  /** Renews the views: any edit may have replaced the buffers of arena or columns. */
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

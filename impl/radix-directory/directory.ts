import type { IntervalTree } from '../interval-tree/index.js'
import type { SlotColumns } from '../slot-columns.js'
import {
  Arena,
  ASK_TREE,
  bytesOfRoot,
  CHILD,
  CHILD_ENTRIES,
  EMPTY,
  LIMIT,
  type RadixDirectoryHandle,
  ROOT_WORD,
  SCALE,
} from './arena.js'
import { addToCell, CELL_SLOTS, cellSize, cellSlot, removeFromCell, startCell } from './cells.js'

const LEAST_ROOT = 16
/** A child that so few slots reach into becomes a cell again; it was made for five. */
const FEW = 2

export interface RadixDirectoryOptions {
  /** Bytes to make room for at first. What an empty directory needs. */
  readonly bytes?: number
  /** The most bytes it may ever take. 2^30. */
  readonly mostBytes?: number
}

/**
 * Which slot holds a frame, in constant time: a radix directory derived from the tree of a set's frames. The root cuts
 * the frames below a limit into a power of two of buckets, 2 to 4 for each slot. An entry says that no slot reaches
 * into its bucket, or which one does, or it is a cell that tells 2 to 4 slots apart, or a child that resolves 7 bits
 * more. So slots that crowd a bucket cost a level, at most seven, and never a search.
 *
 * It cannot fail: a bucket for which there is no memory left is looked up in the tree. An edit follows the same edit of
 * the tree, slot by slot, while the columns describe the slot. It takes time in the entries that the slot covers, which
 * are filled like memory, and in at most two buckets at its ends; now and then, amortised over the edits between, the
 * whole is laid out anew. One thread writes; others `attach` and call `find` while the writer leaves all three alone.
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
    { bytes = bytesOfRoot(LEAST_ROOT), mostBytes = 2 ** 30 }: RadixDirectoryOptions = {},
  ): RadixDirectory {
    const directory = new RadixDirectory(Arena.create(bytes, mostBytes), columns, tree)
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
      if (entry === -2) return this.#tree.find(gfn)
      const key = -entry << 2
      const place =
        +(doubles[key]! <= gfn) + +(doubles[(key + 1) | 0]! <= gfn) + +(doubles[(key + 2) | 0]! <= gfn)
      entry = this.#slots[((key << 2) + 12 + place) | 0]!
    }
    const extents = this.#extents
    const page = gfn - extents[entry << 1]!
    return page >= 0 && page < extents[(entry << 1) | 1]! ? entry : -1
  }

  /** Takes in slot `slot`, which the tree has just taken in and the columns describe. */
  insert(slot: number): void {
    const arena = this.#arena
    const last = this.#lastOf(slot)
    if (last >= arena.doubles[LIMIT]! || arena.wantsLargerRoot) {
      this.layOut()
      return
    }
    arena.age++
    arena.count++
    this.#place(ROOT_WORD, arena.rootEntries, arena.doubles[SCALE]!, slot, this.#firstOf(slot), last)
    this.#view()
  }

  /** Lets go of slot `slot`, which the tree has just let go of and the columns still describe. */
  remove(slot: number): void {
    const arena = this.#arena
    arena.age++
    arena.count--
    this.#clear(
      ROOT_WORD,
      arena.rootEntries,
      arena.doubles[SCALE]!,
      slot,
      this.#firstOf(slot),
      this.#lastOf(slot),
    )
    if (arena.age >= arena.rootEntries && arena.isFarTooLarge(this.#tree.greatestEnd)) this.layOut()
    else this.#view()
  }

  /** Makes the directory anew from the tree: O(slots). */
  layOut(): void {
    const arena = this.#arena
    const { size, greatestEnd } = this.#tree
    const limit = powerOfTwo(Math.max(greatestEnd + 1, LEAST_ROOT))
    const slots = new Int32Array(size)
    this.#tree.collect(0, greatestEnd, slots)
    arena.layOut(Math.min(limit, powerOfTwo(Math.max(size * 2, LEAST_ROOT))), limit)
    arena.count = size
    const scale = arena.doubles[SCALE]!
    for (let i = 0; i < size; i++) {
      const slot = slots[i]!
      this.#place(ROOT_WORD, arena.rootEntries, scale, slot, this.#firstOf(slot), this.#lastOf(slot))
    }
    this.#view()
  }

  /** Every edit may have moved arena or columns. What an edit does not touch is the same in memory that was outgrown. */
  #view(): void {
    const { words, doubles, ids } = this.#arena
    this.#words = words
    this.#doubles = doubles
    this.#slots = ids
    this.#extents = this.#columns.extents
  }

  #firstOf(slot: number): number {
    return this.#columns.extents[2 * slot]!
  }

  #lastOf(slot: number): number {
    const { extents } = this.#columns
    return extents[2 * slot]! + extents[2 * slot + 1]! - 1
  }

  /**
   * Writes slot `slot`, of which the frames `first…last` lie here, into the node at word `node`. Between its two end
   * buckets it is alone.
   */
  #place(node: number, entries: number, scale: number, slot: number, first: number, last: number): void {
    const from = node + ((first * scale) & (entries - 1))
    const to = node + ((last * scale) & (entries - 1))
    if (to - from > 1) fill(this.#arena.words, from + 1, to, slot)
    this.#put(from, scale, first, slot)
    if (to > from) this.#put(to, scale, last, slot)
  }

  /** Adds slot `slot` to the bucket at word `at`, which is that of frame `gfn`. */
  #put(at: number, scale: number, gfn: number, slot: number): void {
    const arena = this.#arena
    const entry = arena.words[at]!
    if (entry === EMPTY) arena.words[at] = slot
    else if (entry >= CHILD) {
      arena.words[entry - CHILD - 1]!++
      this.#placeWithin(entry - CHILD, scale, gfn, slot)
    } else if (entry >= 0) this.#pair(at, entry, slot)
    else if (entry !== ASK_TREE) {
      if (cellSize(arena, -entry) < CELL_SLOTS) addToCell(arena, -entry, slot, this.#columns.extents)
      else this.#split(at, scale, gfn, slot)
    }
  }

  /** Places slot `slot` in a child, as far as it reaches into the child's bucket, in which frame `gfn` is. */
  #placeWithin(child: number, scale: number, gfn: number, slot: number): void {
    const first = Math.max(this.#firstOf(slot), bucketStart(gfn, scale))
    const last = Math.min(this.#lastOf(slot), bucketEnd(gfn, scale))
    this.#place(child, CHILD_ENTRIES, scale * CHILD_ENTRIES, slot, first, last)
  }

  /** A second slot in a bucket: a cell. */
  #pair(at: number, one: number, other: number): void {
    const arena = this.#arena
    const unit = arena.allocateCell()
    arena.words[at] = unit === 0 ? ASK_TREE : -unit
    if (unit === 0) return
    startCell(arena, unit, one)
    addToCell(arena, unit, other, this.#columns.extents)
  }

  /** A fifth slot in a bucket: a child in the place of the cell. */
  #split(at: number, scale: number, gfn: number, slot: number): void {
    const arena = this.#arena
    const child = arena.allocateChild()
    const unit = -arena.words[at]!
    arena.words[at] = child === 0 ? ASK_TREE : CHILD + child
    arena.releaseCell(unit)
    if (child === 0) return
    // A released cell keeps its slots: only its first word is taken for the list of free cells.
    const [a, b, c, d] = [0, 1, 2, 3].map(i => cellSlot(arena, unit, i))
    arena.words[child - 1] = CELL_SLOTS + 1
    for (const each of [a!, b!, c!, d!, slot]) this.#placeWithin(child, scale, gfn, each)
  }

  /** Takes slot `slot` out of the node at word `node`: the reverse of `#place`. */
  #clear(node: number, entries: number, scale: number, slot: number, first: number, last: number): void {
    const from = node + ((first * scale) & (entries - 1))
    const to = node + ((last * scale) & (entries - 1))
    if (to - from > 1) fill(this.#arena.words, from + 1, to, EMPTY)
    this.#take(from, scale, first, slot)
    if (to > from) this.#take(to, scale, last, slot)
  }

  /** Takes slot `slot` out of the bucket at word `at`, which is that of frame `gfn`. */
  #take(at: number, scale: number, gfn: number, slot: number): void {
    const arena = this.#arena
    const entry = arena.words[at]!
    if (entry === slot) arena.words[at] = EMPTY
    else if (entry >= CHILD) this.#takeFromChild(at, entry - CHILD, scale, gfn, slot)
    else if (entry === ASK_TREE) this.#derive(at, scale, gfn)
    else if (removeFromCell(arena, -entry, slot) === 1) {
      arena.words[at] = cellSlot(arena, -entry, 0)
      arena.releaseCell(-entry)
    }
  }

  #takeFromChild(at: number, child: number, scale: number, gfn: number, slot: number): void {
    const arena = this.#arena
    const first = Math.max(this.#firstOf(slot), bucketStart(gfn, scale))
    const last = Math.min(this.#lastOf(slot), bucketEnd(gfn, scale))
    this.#clear(child, CHILD_ENTRIES, scale * CHILD_ENTRIES, slot, first, last)
    arena.words[child - 1]!--
    if (arena.words[child - 1]! > FEW) return
    // Two slots share one bucket at most, and where they do there is no child, but there may be a cell.
    for (let i = 0; i < CHILD_ENTRIES; i++) {
      const entry = arena.words[child + i]!
      if (entry < ASK_TREE) arena.releaseCell(-entry)
    }
    arena.releaseChild(child)
    this.#derive(at, scale, gfn)
  }

  /** Writes the bucket at word `at`, that of frame `gfn`, as the tree has it, if it is now one of few slots. */
  #derive(at: number, scale: number, gfn: number): void {
    const arena = this.#arena
    const first = bucketStart(gfn, scale)
    const last = bucketEnd(gfn, scale)
    const few = new Int32Array(FEW)
    const count = this.#tree.collect(first, last, few)
    if (count > FEW) return
    arena.words[at] = count === 0 ? EMPTY : few[0]!
    if (count === 2) this.#pair(at, few[0]!, few[1]!)
  }
}

function bucketStart(gfn: number, scale: number): number {
  return Math.floor(gfn * scale) / scale
}

function bucketEnd(gfn: number, scale: number): number {
  return (Math.floor(gfn * scale) + 1) / scale - 1
}

/** The least power of two that is not below `n`, which is at least 1. */
function powerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}

/** `TypedArray.fill` costs more to call than a few stores. */
function fill(words: Int32Array, from: number, to: number, entry: number): void {
  if (to - from > 16) words.fill(entry, from, to)
  else for (let at = from; at < to; at++) words[at] = entry
}

import type { IntervalTree } from '../interval-tree/index.js'
import type { SlotColumns } from '../slot-columns.js'
import {
  Arena,
  ASK_TREE,
  bytesOfRoot,
  CHILD,
  CHILD_BITS,
  CHILD_ENTRIES,
  EMPTY,
  LIMIT,
  type RadixDirectoryHandle,
  ROOT_WORD,
} from './arena.js'
import { addToCell, CELL_SLOTS, cellSize, cellSlot, otherOfTwo, removeFromCell, startCell } from './cells.js'

const LEAST_ROOT = 16
/** A child that so few slots reach into becomes a cell again; it was made for five. */
const FEW = 2

/** Which ends of a slot lie in a node or bucket. */
const FIRST_END = 1
const LAST_END = 2
const BOTH_ENDS = 3

/** 2^−shift at `shift + CHILD_BITS`: a child's buckets may be less than a frame. */
const SCALES = Float64Array.from({ length: 64 }, (_, i) => 2 ** (CHILD_BITS - i))

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
    const { extents } = this.#columns
    if (extents[2 * slot]! + extents[2 * slot + 1]! > arena.doubles[LIMIT]! || arena.wantsLargerRoot) {
      this.layOut()
      return
    }
    arena.countEdit(1)
    this.#place(ROOT_WORD, arena.rootEntries, arena.rootShift, slot, BOTH_ENDS)
    this.#view()
  }

  /** Lets go of slot `slot`, which the tree has just let go of and the columns still describe. */
  remove(slot: number): void {
    const arena = this.#arena
    const edits = arena.countEdit(-1)
    this.#clear(ROOT_WORD, arena.rootEntries, arena.rootShift, slot, BOTH_ENDS)
    if (edits >= arena.rootEntries && arena.isFarTooLarge(this.#tree.greatestEnd)) this.layOut()
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
    for (let i = 0; i < size; i++) {
      this.#place(ROOT_WORD, arena.rootEntries, arena.rootShift, slots[i]!, BOTH_ENDS)
    }
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

  // What follows passes whole numbers only, for V8 puts others on the heap: a bucket has 2^shift frames, `ends` says
  // which ends of the slot lie here, and frames are worked out again where they are needed.

  /** Writes slot `slot` into the node at word `node`. Between its two end buckets it is alone. */
  #place(node: number, entries: number, shift: number, slot: number, ends: number): void {
    const { words } = this.#arena
    const from = node + this.#fromIn(entries, shift, slot, ends)
    const to = node + this.#toIn(entries, shift, slot, ends)
    if (from === to) {
      if (words[from] === EMPTY) words[from] = slot
      else this.#join(from, shift, slot, ends)
      return
    }
    if (to - from > 1) fill(words, from + 1, to, slot)
    if (words[from] === EMPTY) words[from] = slot
    else this.#join(from, shift, slot, ends & FIRST_END)
    const { words: same } = this.#arena
    if (same[to] === EMPTY) same[to] = slot
    else this.#join(to, shift, slot, ends & LAST_END)
  }

  /** Adds slot `slot` to the bucket at word `at`, into which others reach. */
  #join(at: number, shift: number, slot: number, ends: number): void {
    const arena = this.#arena
    const entry = arena.words[at]!
    if (entry >= CHILD) {
      const child = entry - CHILD
      arena.words[child - 1]!++
      this.#place(child, CHILD_ENTRIES, shift - CHILD_BITS, slot, ends)
    } else if (entry >= 0) this.#pair(at, entry, slot)
    else if (entry !== ASK_TREE) {
      if (cellSize(arena, -entry) < CELL_SLOTS) addToCell(arena, -entry, slot, this.#columns.extents)
      else this.#split(at, shift, slot, ends)
    }
  }

  /** A second slot in a bucket: a cell. */
  #pair(at: number, one: number, other: number): void {
    const arena = this.#arena
    const unit = arena.allocateCell()
    arena.words[at] = unit === 0 ? ASK_TREE : -unit
    if (unit !== 0) startCell(arena, unit, one, other, this.#columns.extents)
  }

  /** A fifth slot in a bucket: a child in the place of the cell. */
  #split(at: number, shift: number, slot: number, ends: number): void {
    const arena = this.#arena
    const child = arena.allocateChild()
    const unit = -arena.words[at]!
    arena.words[at] = child === 0 ? ASK_TREE : CHILD + child
    arena.releaseCell(unit)
    if (child === 0) return
    arena.words[child - 1] = CELL_SLOTS + 1
    const bucket = this.#bucketOf(shift, slot, ends)
    // A released cell keeps its slots until it is given out again: only its first word is taken for the list.
    const held = [0, 1, 2, 3].map(i => cellSlot(arena, unit, i))
    for (const each of [...held, slot]) {
      const first = this.#bucketOf(shift, each, FIRST_END) === bucket ? FIRST_END : 0
      const last = this.#bucketOf(shift, each, LAST_END) === bucket ? LAST_END : 0
      this.#place(child, CHILD_ENTRIES, shift - CHILD_BITS, each, first | last)
    }
  }

  /** Takes slot `slot` out of the node at word `node`: the reverse of `#place`. */
  #clear(node: number, entries: number, shift: number, slot: number, ends: number): void {
    const { words } = this.#arena
    const from = node + this.#fromIn(entries, shift, slot, ends)
    const to = node + this.#toIn(entries, shift, slot, ends)
    if (from === to) {
      if (words[from] === slot) words[from] = EMPTY
      else this.#leave(from, shift, slot, ends)
      return
    }
    if (to - from > 1) fill(words, from + 1, to, EMPTY)
    if (words[from] === slot) words[from] = EMPTY
    else this.#leave(from, shift, slot, ends & FIRST_END)
    const { words: same } = this.#arena
    if (same[to] === slot) same[to] = EMPTY
    else this.#leave(to, shift, slot, ends & LAST_END)
  }

  /** Takes slot `slot` out of the bucket at word `at`, into which others reach as well. */
  #leave(at: number, shift: number, slot: number, ends: number): void {
    const arena = this.#arena
    const entry = arena.words[at]!
    if (entry >= CHILD) this.#leaveChild(at, entry - CHILD, shift, slot, ends)
    else if (entry === ASK_TREE) this.#derive(at, shift, slot, ends)
    else {
      const other = otherOfTwo(arena, -entry, slot)
      if (other < 0) removeFromCell(arena, -entry, slot)
      else {
        arena.words[at] = other
        arena.releaseCell(-entry)
      }
    }
  }

  #leaveChild(at: number, child: number, shift: number, slot: number, ends: number): void {
    const arena = this.#arena
    this.#clear(child, CHILD_ENTRIES, shift - CHILD_BITS, slot, ends)
    arena.words[child - 1]!--
    if (arena.words[child - 1]! > FEW) return
    // Two slots share one bucket at most, and where they do there is no child, but there may be a cell.
    for (let i = 0; i < CHILD_ENTRIES; i++) {
      const entry = arena.words[child + i]!
      if (entry < ASK_TREE) arena.releaseCell(-entry)
    }
    arena.releaseChild(child)
    this.#derive(at, shift, slot, ends)
  }

  /** Writes the bucket at word `at`, from which `slot` has gone, as the tree has it, if it is now one of few slots. */
  #derive(at: number, shift: number, slot: number, ends: number): void {
    const arena = this.#arena
    const first = this.#bucketOf(shift, slot, ends) * 2 ** shift
    const few = new Int32Array(FEW)
    const count = this.#tree.collect(first, first + 2 ** shift - 1, few)
    if (count > FEW) return
    arena.words[at] = count === 0 ? EMPTY : few[0]!
    if (count === 2) this.#pair(at, few[0]!, few[1]!)
  }

  /** The entry of a node at which the slot begins to lie in it. */
  #fromIn(entries: number, shift: number, slot: number, ends: number): number {
    if ((ends & FIRST_END) === 0) return 0
    return (this.#columns.extents[2 * slot]! * SCALES[shift + CHILD_BITS]!) & (entries - 1)
  }

  /** The last entry of a node at which the slot lies in it. */
  #toIn(entries: number, shift: number, slot: number, ends: number): number {
    if ((ends & LAST_END) === 0) return entries - 1
    const { extents } = this.#columns
    return ((extents[2 * slot]! + extents[2 * slot + 1]! - 1) * SCALES[shift + CHILD_BITS]!) & (entries - 1)
  }

  /** Which bucket of so many frames has the end of a slot that `ends` names, the first end if both. */
  #bucketOf(shift: number, slot: number, ends: number): number {
    const { extents } = this.#columns
    const first = extents[2 * slot]!
    return Math.floor((ends & FIRST_END ? first : first + extents[2 * slot + 1]! - 1) / 2 ** shift)
  }
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

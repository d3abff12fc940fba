import { IntervalTree, type IntervalTreeHandle } from './interval-tree/index.js'
import { RadixDirectory, type RadixDirectoryHandle } from './radix-directory/index.js'
import { SlotColumns, type SlotColumnsHandle, type SlotFields } from './slot-columns.js'

/** What another thread needs to read the index; survives `postMessage`. */
export interface SlotIndexHandle {
  readonly columns: SlotColumnsHandle
  readonly gfns: IntervalTreeHandle
  readonly hvas: IntervalTreeHandle
  readonly directory: RadixDirectoryHandle
}

export interface SlotIndexOptions {
  /** Slots 0..capacity − 1 have room at first. 8. */
  readonly capacity?: number
  /** Slot numbers are below this: 1..65536. 65536. */
  readonly limit?: number
  /** Bytes of the directory that have room at first. What an empty one needs. */
  readonly directoryBytes?: number | undefined
  /** The most bytes the directory may take; without room, a lookup in a crowded bucket compares every slot. 2^30. */
  readonly maxDirectoryBytes?: number
}

/**
 * One set of slots in shared memory, found by number (columns), by frame (the directory, which is derived from a tree)
 * and by host page (a tree): what `struct kvm_memslots` keeps in `gfn_tree` and `hva_tree`. Finding numbers by id is
 * `SlotNumbers`.
 *
 * A set is alone or one of a pair. Of a pair one set is edited and the other then brought up to date. Each has columns
 * and a directory of its own, since other threads look up in one set while the other is edited. The trees are shared:
 * they show the set that was edited last, and are read by updates, or by callers that keep updates out.
 *
 * One thread writes. Others `attach` to the `handle` and read while the writer leaves the set alone; they never change
 * it. A reader whose handle is outdated, because the set has grown, sees `hasMoved`. `reserve` is the only thing that
 * can fail, and only `reserve` and the directory's growth replace memory.
 */
export class SlotIndex {
  readonly columns: SlotColumns
  /** Frames of slots: disjoint. */
  readonly gfns: IntervalTree
  /** Host pages of slots: may overlap. */
  readonly hvas: IntervalTree
  readonly directory: RadixDirectory

  private constructor(
    columns: SlotColumns,
    gfns: IntervalTree,
    hvas: IntervalTree,
    directory: RadixDirectory,
  ) {
    this.columns = columns
    this.gfns = gfns
    this.hvas = hvas
    this.directory = directory
  }

  /** A set without slots. @throws RangeError without memory */
  static create({
    capacity = 8,
    limit = 65_536,
    directoryBytes,
    maxDirectoryBytes = 2 ** 30,
  }: SlotIndexOptions = {}): SlotIndex {
    const gfns = IntervalTree.create({ capacity, limit })
    const hvas = IntervalTree.create({ capacity, limit })
    return SlotIndex.#over(gfns, hvas, { capacity, limit, directoryBytes, maxDirectoryBytes })
  }

  /** Two sets without slots, over the same trees. @throws RangeError without memory */
  static createPair(options: SlotIndexOptions = {}): readonly [SlotIndex, SlotIndex] {
    const one = SlotIndex.create(options)
    const other = SlotIndex.#over(one.gfns, one.hvas, options)
    one.directory.pair(other.directory)
    return [one, other]
  }

  /** Bytes of two sets of so many slots with directories of `directoryBytes` each. */
  static pairBytes(slots: number, directoryBytes: number): number {
    return 2 * (SlotColumns.bytesFor(slots) + directoryBytes + IntervalTree.bytesFor(slots))
  }

  /** A set without slots over trees without intervals. */
  static #over(
    gfns: IntervalTree,
    hvas: IntervalTree,
    { capacity = 8, limit = 65_536, directoryBytes, maxDirectoryBytes = 2 ** 30 }: SlotIndexOptions,
  ): SlotIndex {
    const columns = SlotColumns.create({ capacity, limit })
    const directory = RadixDirectory.create(columns, gfns, {
      ...(directoryBytes === undefined ? {} : { bytes: directoryBytes }),
      maxBytes: maxDirectoryBytes,
    })
    return new SlotIndex(columns, gfns, hvas, directory)
  }

  /** The set that another thread writes. */
  static attach(handle: SlotIndexHandle): SlotIndex {
    const columns = SlotColumns.attach(handle.columns)
    const gfns = IntervalTree.attach(handle.gfns)
    const hvas = IntervalTree.attach(handle.hvas)
    return new SlotIndex(columns, gfns, hvas, RadixDirectory.attach(handle.directory, columns, gfns))
  }

  get handle(): SlotIndexHandle {
    const { columns, gfns, hvas, directory } = this
    return {
      columns: columns.handle,
      gfns: gfns.handle,
      hvas: hvas.handle,
      directory: directory.handle,
    }
  }

  /** Whether growth has replaced memory this object reads. Only readers see it; they must attach anew. */
  get hasMoved(): boolean {
    const { columns, gfns, hvas, directory } = this
    return columns.hasMoved || gfns.hasMoved || hvas.hasMoved || directory.hasMoved
  }

  /** How many slots there are. */
  get size(): number {
    return this.gfns.size
  }

  /** Bytes of all buffers. */
  get bytes(): number {
    return this.gfns.bytes + this.hvas.bytes + this.ownBytes
  }

  /** Bytes of the buffers that are this set's alone. */
  get ownBytes(): number {
    return this.columns.bytes + this.directory.bytes
  }

  /** Makes room for slot `number`, so that nothing after it can fail. False, the set as it was: limit, or no memory. */
  reserve(number: number): boolean {
    return this.columns.reserve(number) && this.gfns.reserve(number) && this.hvas.reserve(number)
  }

  /** The number of the slot that holds frame `gfn`, or −1. Allocates nothing. */
  find(gfn: number): number {
    return this.directory.find(gfn)
  }

  /**
   * Adds slot `number`, for which there is room and which is not there. Its frames must be free: where slots change
   * places, all are dropped before any is added.
   */
  add(number: number, slot: SlotFields): void {
    const { columns, directory } = this
    columns.put(number, slot)
    const { extents, hva } = columns
    const guess = directory.near(extents, 2 * number)
    this.gfns.insertExtent(number, extents, 2 * number, extents, 2 * number + 1, guess)
    directory.insert(number)
    this.hvas.insertExtent(number, hva, number, extents, 2 * number + 1, guess)
  }

  /** Whether a slot has one of the `extents[at + 1]` frames from `extents[at]` on. */
  isTaken(extents: Float64Array, at: number): boolean {
    return this.gfns.meetsExtent(extents, at, extents, at + 1, this.directory.near(extents, at))
  }

  /** Puts `slot` in the place of slot `number`, which has the same frames. */
  put(number: number, slot: SlotFields): void {
    const { columns, hvas } = this
    const stays = columns.hva[number] === slot.hva
    if (!stays) hvas.remove(number)
    columns.put(number, slot)
    if (!stays) hvas.insert(slot.hva, slot.hva + slot.npages - 1, number)
  }

  /** Drops slot `number`, which is there. (A slot that keeps its place needs no more than its columns changed.) */
  drop(number: number): void {
    this.gfns.remove(number)
    this.directory.remove(number)
    this.hvas.remove(number)
    this.columns.clear(number)
  }

  /**
   * Brings this set up to date with `source`, the other of its pair, by copying what edits have changed there since the
   * two were equal: an edit is worked out once, not twice. There is room for every slot of `source`.
   */
  follow(source: SlotIndex): void {
    this.columns.follow(source.columns)
    this.directory.follow(source.directory)
  }

  /** Forgets which parts were edited since this set and its twin were equal: they are again. */
  forgetEdits(): void {
    this.columns.touched.clear()
    this.directory.forgetEdits()
  }

  /**
   * Makes this set equal to `source`, the other of its pair, whatever a thread that died has left in it and in the
   * trees: O(slots log slots). `source` has not been edited since it was published.
   */
  restore(source: SlotIndex): void {
    const { columns } = source
    this.columns.copy(columns)
    this.directory.copy(source.directory)
    this.gfns.clear()
    this.hvas.clear()
    const { extents, hva } = columns
    for (let number = 0; 2 * number < extents.length; number++) {
      const npages = extents[2 * number + 1]!
      if (npages === 0) continue
      const base = extents[2 * number]!
      this.gfns.insert(base, base + npages - 1, number)
      this.hvas.insert(hva[number]!, hva[number]! + npages - 1, number)
    }
  }
}

import { IntervalTree } from '../../../../impl/memslots/interval-tree/index.js'
import { RadixDirectory } from '../../../../impl/memslots/radix-directory/index.js'
import { SlotColumns, type SlotFields } from '../../../../impl/memslots/slot-columns.js'
import { SlotIndex } from '../../../../impl/memslots/slot-index.js'
import { SlotNumbers } from '../../../../impl/memslots/slot-numbers.js'
import { hvaOfFrame, type Trace } from '../../slots/trace.js'

/** What is changed of a set: `SlotIndex`, or what of it is about frames only. */
interface Edited {
  readonly columns: SlotColumns
  readonly gfns: IntervalTree
  readonly directory: RadixDirectory
  reserve(number: number): boolean
  isTaken(extents: Float64Array, at: number): boolean
  add(number: number, slot: SlotFields): void
  drop(number: number): void
  follow(source: Edited): void
}

/** A set that knows nothing of host pages: for comparing with a single tree. */
class FramesOnly implements Edited {
  readonly columns = SlotColumns.create()
  readonly gfns: IntervalTree
  readonly directory: RadixDirectory

  constructor(gfns: IntervalTree) {
    this.gfns = gfns
    this.directory = RadixDirectory.create(this.columns, gfns)
  }

  static createPair(): readonly [FramesOnly, FramesOnly] {
    const gfns = IntervalTree.create()
    const pair = [new FramesOnly(gfns), new FramesOnly(gfns)] as const
    pair[0].directory.pair(pair[1].directory)
    return pair
  }

  reserve(number: number): boolean {
    return this.columns.reserve(number) && this.gfns.reserve(number)
  }

  add(number: number, slot: SlotFields): void {
    const { columns, directory } = this
    columns.put(number, slot)
    const { extents } = columns
    const guess = directory.near(extents, 2 * number)
    this.gfns.insertExtent(number, extents, 2 * number, extents, 2 * number + 1, guess)
    directory.insert(number)
  }

  isTaken(extents: Float64Array, at: number): boolean {
    return this.gfns.meetsExtent(extents, at, extents, at + 1, this.directory.near(extents, at))
  }

  drop(number: number): void {
    this.gfns.remove(number)
    this.directory.remove(number)
    this.columns.clear(number)
  }

  follow(source: FramesOnly): void {
    this.columns.follow(source.columns)
    this.directory.follow(source.directory)
  }
}

/** Two sets of slots as an address space has them, without readers: a batch is made, published, and made again. */
export class TwoSets {
  readonly sets: readonly [Edited, Edited]
  #numbers: SlotNumbers | null
  #published = new Int32Array(new SharedArrayBuffer(4))
  #trace: Trace
  #next = 0
  /** The change that is made: one for all, or the slots of a trace would take more of the cache than what is changed. */
  readonly #slot = { id: 0, base: 0.5, npages: 0.5, hva: 0.5, flags: 0, log: -1, since: 0 }
  /** Slots that were found in the way of another; there are none. */
  overlaps = 0

  /** @param whole host pages and ids as well; otherwise ids are numbers, and there is one tree to a set */
  constructor(trace: Trace, whole: boolean) {
    this.sets = whole ? SlotIndex.createPair() : FramesOnly.createPair()
    this.#numbers = whole ? new SlotNumbers() : null
    this.#trace = trace
    const { base, npages, slots } = trace.layout
    for (let id = 0; id < slots; id++) {
      const at = base[id] as number
      const slot = this.#set(id, at, npages[id] as number, hvaOfFrame(at))
      const number = this.#assign(id)
      for (const set of this.sets) if (!set.reserve(number)) throw new Error(`no room for slot ${id}`)
      this.sets[0].add(number, slot)
      this.sets[1].follow(this.sets[0])
    }
  }

  /** The next batches of the trace. */
  run(times: number): number {
    for (let i = 0; i < times; i++) this.#batch()
    return this.#next
  }

  /** The ids of a set by frame. */
  ids(set: 0 | 1): readonly number[] {
    const { gfns, columns } = this.sets[set]
    const into = new Int32Array(gfns.size)
    gfns.collect(0, Number.MAX_SAFE_INTEGER, into)
    return Array.from(into, number => columns.id[number] as number)
  }

  #batch(): void {
    const { entries, count, changes } = this.#trace
    const from = this.#next
    // Only this thread publishes: it needs no order to see what it has published.
    const published = this.#published[0] as number
    const edited = this.sets[published === 0 ? 1 : 0]
    const other = this.sets[published === 0 ? 0 : 1]
    for (let i = from; i < from + entries; i++) {
      const id = changes[4 * i] as number
      const number = this.#numberOf(id, edited)
      if (number < 0) continue
      edited.drop(number)
      this.#numbers?.release(id)
    }
    for (let i = from; i < from + entries; i++) {
      const npages = changes[4 * i + 2] as number
      if (npages === 0) continue
      const id = changes[4 * i] as number
      const base = changes[4 * i + 1] as number
      if (edited.isTaken(changes, 4 * i + 1)) this.overlaps++
      const number = this.#assign(id)
      if (!edited.reserve(number) || !other.reserve(number)) throw new Error(`no room for slot ${id}`)
      edited.add(number, this.#set(id, base, npages, changes[4 * i + 3] as number))
    }
    Atomics.store(this.#published, 0, published === 0 ? 1 : 0)
    other.follow(edited)
    this.#next = from + entries === count ? 0 : from + entries
  }

  #set(id: number, base: number, npages: number, hva: number): SlotFields {
    const slot = this.#slot
    slot.id = id
    slot.base = base
    slot.npages = npages
    slot.hva = hva
    return slot
  }

  #assign(id: number): number {
    return this.#numbers === null ? id : this.#numbers.assign(id)
  }

  #numberOf(id: number, edited: Edited): number {
    if (this.#numbers !== null) return this.#numbers.of(id)
    return edited.gfns.has(id) ? id : -1
  }
}

import { IntervalTree } from '../../../../impl/interval-tree/index.js'
import { RadixDirectory } from '../../../../impl/radix-directory/index.js'
import { SlotColumns, type SlotFields } from '../../../../impl/slot-columns.js'
import { SlotIndex } from '../../../../impl/slot-index.js'
import { SlotNumbers } from '../../../../impl/slot-numbers.js'
import { hvaOfFrame, type Trace } from './trace.js'

/** What is changed of a set: `SlotIndex`, or what of it is about frames only. */
interface Edited {
  readonly columns: SlotColumns
  readonly gfns: IntervalTree
  readonly directory: RadixDirectory
  reserve(number: number): boolean
  add(number: number, slot: SlotFields): void
  drop(number: number): void
}

/** A set that knows nothing of host pages: for comparing with a single tree. */
class FramesOnly implements Edited {
  readonly columns = SlotColumns.create()
  readonly gfns = IntervalTree.create()
  readonly directory = RadixDirectory.create(this.columns, this.gfns)

  reserve(number: number): boolean {
    return this.columns.reserve(number) && this.gfns.reserve(number)
  }

  add(number: number, slot: SlotFields): void {
    const { columns } = this
    columns.put(number, slot)
    this.gfns.insertExtent(number, columns.extents, 2 * number, columns.extents, 2 * number + 1)
    this.directory.insert(number)
  }

  drop(number: number): void {
    this.gfns.remove(number)
    this.directory.remove(number)
    this.columns.clear(number)
  }
}

/** Two sets of slots as an address space has them, without readers: a batch is made, published, and made again. */
export class TwoSets {
  readonly sets: readonly [Edited, Edited]
  #numbers: SlotNumbers | null
  #published = new Int32Array(new SharedArrayBuffer(4))
  #trace: Trace
  #next = 0
  #dropped: Int32Array
  #slots: SlotFields[]
  /** Slots that were found in the way of another; there are none. */
  overlaps = 0

  /** @param whole host pages and ids as well; otherwise ids are numbers, and there is one tree to a set */
  constructor(trace: Trace, whole: boolean) {
    const create = () => (whole ? SlotIndex.create() : new FramesOnly())
    this.sets = [create(), create()]
    this.#numbers = whole ? new SlotNumbers() : null
    this.#trace = trace
    this.#dropped = new Int32Array(trace.entries)
    const { base, npages, slots } = trace.layout
    for (let id = 0; id < slots; id++) {
      const slot = fieldsOf(id, base[id] as number, npages[id] as number, hvaOfFrame(base[id] as number))
      const number = this.#assign(id)
      for (const set of this.sets) {
        if (!set.reserve(number)) throw new Error(`no room for slot ${id}`)
        set.add(number, slot)
      }
    }
    const { changes, count } = trace
    this.#slots = Array.from({ length: count }, (_, i) => {
      const [id, first, pages, hva] = changes.subarray(4 * i, 4 * i + 4) as unknown as [
        number,
        number,
        number,
        number,
      ]
      return fieldsOf(id, first, pages, hva)
    })
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
    const { entries, count } = this.#trace
    const from = this.#next
    const published = Atomics.load(this.#published, 0)
    const edited = this.sets[published === 0 ? 1 : 0]
    const other = this.sets[published === 0 ? 0 : 1]
    const dropped = this.#dropped
    for (let i = 0; i < entries; i++) {
      const { id } = this.#slots[from + i] as SlotFields
      const number = this.#numberOf(id, edited)
      dropped[i] = number
      if (number >= 0) {
        edited.drop(number)
        this.#numbers?.release(id)
      }
    }
    for (let i = 0; i < entries; i++) {
      const slot = this.#slots[from + i] as SlotFields
      if (slot.npages === 0) continue
      if (edited.gfns.first(slot.base, slot.base + slot.npages - 1) >= 0) this.overlaps++
      const number = this.#assign(slot.id)
      if (!edited.reserve(number)) throw new Error(`no room for slot ${slot.id}`)
      edited.add(number, slot)
    }
    Atomics.store(this.#published, 0, published === 0 ? 1 : 0)
    for (let i = 0; i < entries; i++) {
      const number = dropped[i] as number
      if (number >= 0) other.drop(number)
    }
    for (let i = 0; i < entries; i++) {
      const slot = this.#slots[from + i] as SlotFields
      if (slot.npages > 0) other.add(this.#numbers === null ? slot.id : this.#numbers.of(slot.id), slot)
    }
    this.#next = from + entries === count ? 0 : from + entries
  }

  #assign(id: number): number {
    return this.#numbers === null ? id : this.#numbers.assign(id)
  }

  #numberOf(id: number, edited: Edited): number {
    if (this.#numbers !== null) return this.#numbers.of(id)
    return edited.gfns.has(id) ? id : -1
  }
}

const fieldsOf = (id: number, base: number, npages: number, hva: number): SlotFields => ({
  id,
  base,
  npages,
  hva,
  flags: 0,
  log: -1,
  since: 0,
})

import { maxBytesFor } from './radix-directory/index.js'
import type { Slot, SlotChange } from './slot.js'
import type { SlotColumns } from './slot-columns.js'
import { SlotIndex, type SlotIndexHandle } from './slot-index.js'
import { SlotNumbers } from './slot-numbers.js'

/** What another thread needs to look up in a set; survives `postMessage`. */
export type SlotSetHandle = SlotIndexHandle

/** The two sets of an address space. */
export type SlotPair = readonly [SlotSet, SlotSet]

/**
 * The most bytes for the directory of a set whose buffers may not move: twice what 32764 slots need if they lie in
 * groups of five, each group within a few frames. A denser layout still works, but lookups in its densest frames
 * compare every slot.
 */
const MAX_DIRECTORY_BYTES = 2 ** 25

/**
 * One set of slots of an address space, found by id, by frame and by host page (`struct kvm_memslots`). Frames of
 * different slots are disjoint, host pages need not be. Sets come in pairs: one is edited while no reader holds it, and
 * the other is then brought up to date. Inside, slots are known by number, the same number in both sets.
 *
 * A lookup by frame answers from this very set. Lookups by id and by host page, and searches of ranges, answer from
 * structures that the pair shares: they show the set that was edited last, so the caller must keep edits out.
 *
 * Sets of a single thread are as small as the number of their slots allows. Sets that several threads may edit have
 * room for every slot, and the slot's number is its id: no buffer moves, and there is nothing else that threads would
 * share.
 */
export class SlotSet {
  /** Null where numbers are ids. */
  readonly #numbers: SlotNumbers | null
  #index: SlotIndex | undefined
  #twin!: SlotSet
  /** First frame and number of frames of a query. V8 would allocate doubles that are passed as arguments. */
  readonly #asked = new Float64Array(2)

  private constructor(numbers: SlotNumbers | null, index: SlotIndex | undefined) {
    this.#numbers = numbers
    this.#index = index
  }

  /** Two sets for one thread. Memory is taken when the first slot comes. */
  static createPair(): SlotPair {
    const numbers = new SlotNumbers()
    return SlotSet.#pair(new SlotSet(numbers, undefined), new SlotSet(numbers, undefined))
  }

  /**
   * A copy of this set and of its twin for several threads.
   * @param ids below this there may be slots.
   * @param moved what becomes of each slot
   * @throws RangeError without memory
   */
  withRoom(ids: number, moved: (slot: Slot) => Slot): SlotPair {
    const directoryBytes = directoryBytesFor(ids)
    const [one, other] = SlotIndex.createPair({
      capacity: ids,
      limit: ids,
      directoryBytes,
      maxDirectoryBytes: directoryBytes,
    })
    const pair = SlotSet.#pair(new SlotSet(null, one), new SlotSet(null, other))
    pair[0].edit(this.all().map(slot => ({ old: undefined, next: moved(slot) })))
    pair[1].follow(pair[0])
    return pair
  }

  /** Bytes of address space that a pair with room takes. */
  static bytesWithRoom(ids: number): number {
    return SlotIndex.pairBytes(ids, directoryBytesFor(ids))
  }

  /** The pair of another thread. */
  static attachPair([one, other]: readonly [SlotSetHandle, SlotSetHandle]): SlotPair {
    return SlotSet.#pair(new SlotSet(null, SlotIndex.attach(one)), new SlotSet(null, SlotIndex.attach(other)))
  }

  static #pair(one: SlotSet, other: SlotSet): SlotPair {
    one.#twin = other
    other.#twin = one
    return [one, other]
  }

  /** What `attachPair` takes, of each. Only of a set with room. */
  get handle(): SlotSetHandle {
    return this.#index!.handle
  }

  get size(): number {
    return this.#index?.size ?? 0
  }

  /** The slots by number; read only while there is a slot. */
  get columns(): SlotColumns {
    return this.#index!.columns
  }

  /** The number of the slot that holds frame `gfn`, or −1. Allocates nothing. */
  numberAt(gfn: number): number {
    return this.#index === undefined ? -1 : this.#index.find(gfn)
  }

  /** The id of the slot that holds frame `gfn`, or −1. Allocates nothing. */
  idAt(gfn: number): number {
    const number = this.numberAt(gfn)
    return number < 0 ? number : this.columns.id[number]!
  }

  /** Slot `id`, as a copy. */
  get(id: number): Slot | undefined {
    const number = this.#numberOf(id)
    return number < 0 ? undefined : this.slot(number)
  }

  /** The flags of slot `id`, if it is there. Allocates nothing. */
  flagsOf(id: number): number | undefined {
    const number = this.#numberOf(id)
    return number < 0 ? undefined : this.columns.flags[number]
  }

  /** The slots by ascending id. */
  all(): Slot[] {
    return this.inFrames(0, Number.MAX_SAFE_INTEGER).sort((a, b) => a.id - b.id)
  }

  /** Whether a slot that `test` accepts has one of the frames `[base, base + npages)`. */
  someInFrames(base: number, npages: number, test: (id: number) => boolean): boolean {
    const index = this.#index
    if (index === undefined) return false
    this.#asked[0] = base
    this.#asked[1] = npages
    if (!index.isTaken(this.#asked, 0)) return false
    const { gfns } = index
    const last = base + npages - 1
    for (let at = gfns.first(base, last); at >= 0; at = gfns.after(at, base, last)) {
      if (test(this.columns.id[at]!)) return true
    }
    return false
  }

  /** The slots that have one of the frames `[base, base + npages)`, by ascending frame. */
  inFrames(base: number, npages: number): Slot[] {
    const gfns = this.#index?.gfns
    const last = base + npages - 1
    const found: Slot[] = []
    for (let at = gfns?.first(base, last) ?? -1; at >= 0; at = gfns!.after(at, base, last)) {
      found.push(this.slot(at))
    }
    return found
  }

  /** The slots, aliases included, that have one of the host pages `[first, last]`. */
  inHostPages(first: number, last: number): Slot[] {
    const hvas = this.#index?.hvas
    const found: Slot[] = []
    for (let at = hvas?.first(first, last) ?? -1; at >= 0; at = hvas!.after(at, first, last)) {
      found.push(this.slot(at))
    }
    return found
  }

  /** Makes room for `slots` more slots in both sets, so that `edit` cannot fail. False without memory. */
  reserve(slots: number): boolean {
    if (this.#numbers === null) return true
    const index = this.#made()
    if (slots === 0) return true
    const number = this.#numbers.size + slots - 1
    return index.reserve(number) && this.#twin.#index!.reserve(number)
  }

  /**
   * Makes the changes, for which there is room (kernel: `kvm_replace_memslot`). All slots that lose their frames are
   * removed before any is added, so slots may change places. A slot that keeps its frames stays in the trees.
   */
  edit(changes: readonly SlotChange[]): void {
    const index = this.#made()
    for (const { old, next } of changes) {
      if (!old || (next && sameFrames(old, next))) continue
      index.drop(this.#numberOf(old.id))
      if (!next) this.#numbers?.release(old.id)
    }
    for (const { old, next } of changes) {
      if (!next) continue
      if (old && sameFrames(old, next)) index.put(this.#numberOf(next.id), next)
      else index.add(old ? (this.#numbers?.of(next.id) ?? next.id) : this.#assign(next.id), next)
    }
  }

  /**
   * Brings this set up to date with its twin, which was edited. The two were equal before; no reader may hold this one.
   */
  follow(twin: SlotSet): void {
    this.#made().follow(twin.#made())
  }

  /** Makes this set equal to its published twin, whatever a thread that died has left in it. Only of a set with room. */
  restore(twin: SlotSet): void {
    this.#index!.restore(twin.#index!)
  }

  /** Forgets which parts were edited since this set and its twin were equal: they are again. */
  forgetEdits(): void {
    this.#index?.forgetEdits()
  }

  /** Slot `number`, which is there, as a copy. */
  slot(number: number): Slot {
    const { id, extents, hva, flags, log, since } = this.columns
    return {
      id: id[number]!,
      base: extents[2 * number]!,
      npages: extents[2 * number + 1]!,
      hva: hva[number]!,
      flags: flags[number]!,
      log: log[number]!,
      since: since[number]!,
    }
  }

  #made(): SlotIndex {
    if (this.#index === undefined) [this.#index, this.#twin.#index] = SlotIndex.createPair()
    return this.#index
  }

  #numberOf(id: number): number {
    if (this.#numbers !== null) return this.#numbers.of(id)
    return this.columns.has(id) ? id : -1
  }

  #assign(id: number): number {
    return this.#numbers === null ? id : this.#numbers.assign(id)
  }
}

function directoryBytesFor(ids: number): number {
  return Math.min(maxBytesFor(ids), MAX_DIRECTORY_BYTES)
}

function sameFrames(old: Slot, next: Slot): boolean {
  return old.base === next.base && old.npages === next.npages
}

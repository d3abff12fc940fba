import type { Slot } from './slot.js'
import type { SlotColumns } from './slot-columns.js'
import { SlotIndex, type SlotIndexHandle } from './slot-index.js'
import { SlotNumbers } from './slot-numbers.js'
import type { SlotChange } from './threads/update.js'

/** What another thread needs to look up in a set; survives `postMessage`. */
export type SlotSetHandle = SlotIndexHandle

/**
 * Address space for the directory of a set whose buffers may not move, for each slot that may come, and at least; what
 * it has no room for is looked up in the tree.
 */
const DIRECTORY_BYTES_A_SLOT = 256
const LEAST_DIRECTORY_BYTES = 2 ** 16

/**
 * One set of slots of an address space, found by id, by frame and by host page (`struct kvm_memslots`). Frames of
 * different slots are disjoint, host pages need not be. It is edited while nobody holds it. Within, slots go by number.
 *
 * A set that one thread has is as small as its slots are few. One that several threads may edit has room for every
 * slot, whose number is its id: then no buffer moves, and no thread knows more than the others.
 */
export class SlotSet {
  /** Null where numbers are ids. */
  readonly #numbers: SlotNumbers | null
  #index: SlotIndex | undefined

  private constructor(numbers: SlotNumbers | null, index: SlotIndex | undefined) {
    this.#numbers = numbers
    this.#index = index
  }

  /** A set for one thread. Memory is taken when the first slot comes. */
  static create(): SlotSet {
    return new SlotSet(new SlotNumbers(), undefined)
  }

  /** A copy of this set for several threads. @param ids below this there may be slots. @throws RangeError without memory */
  withRoom(ids: number): SlotSet {
    const directoryBytes = Math.max(ids * DIRECTORY_BYTES_A_SLOT, LEAST_DIRECTORY_BYTES)
    const index = SlotIndex.create({
      capacity: ids,
      limit: ids,
      directoryBytes,
      mostDirectoryBytes: directoryBytes,
    })
    const set = new SlotSet(null, index)
    set.edit(this.all().map(next => ({ old: undefined, next })))
    return set
  }

  /** The set of another thread. */
  static attach(handle: SlotSetHandle): SlotSet {
    return new SlotSet(null, SlotIndex.attach(handle))
  }

  /** What `attach` takes. Only of a set with room. */
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
    const gfns = this.#index?.gfns
    const last = base + npages - 1
    for (let at = gfns?.first(base, last) ?? -1; at >= 0; at = gfns!.after(at, base, last)) {
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

  /** Makes room for so many more slots, so that `edit` cannot fail. False where memory is short. */
  reserve(slots: number): boolean {
    if (this.#numbers === null) return true
    this.#index ??= SlotIndex.create()
    return slots === 0 || this.#index.reserve(this.#numbers.size + slots - 1)
  }

  /**
   * Makes the changes, for which there is room (kernel: `kvm_replace_memslot`). What gives up its frames makes room for
   * what comes: slots may change places. What stays where it is stays in the trees.
   */
  edit(changes: readonly SlotChange[]): void {
    this.#index ??= SlotIndex.create()
    const index = this.#index
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

  #numberOf(id: number): number {
    if (this.#numbers !== null) return this.#numbers.of(id)
    return this.columns.has(id) ? id : -1
  }

  #assign(id: number): number {
    return this.#numbers === null ? id : this.#numbers.assign(id)
  }
}

function sameFrames(old: Slot, next: Slot): boolean {
  return old.base === next.base && old.npages === next.npages
}

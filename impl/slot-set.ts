import type { Slot } from './slot.js'
import { NO_LOG } from './slot-columns.js'
import { SlotIndex } from './slot-index.js'
import { SlotNumbers } from './slot-numbers.js'

/** One slot's change: created (no `old`), deleted (no `next`) or replaced. Both have the same id. */
export interface SlotChange {
  readonly old: Slot | undefined
  readonly next: Slot | undefined
}

/**
 * One set of slots of an address space, found by id, by frame and by host page (`struct kvm_memslots`). Frames of
 * different slots are disjoint, host pages need not be.
 */
export class SlotSet {
  #numbers = new SlotNumbers()
  #slots: (Slot | undefined)[] = []
  #index: SlotIndex | undefined

  get size(): number {
    return this.#numbers.size
  }

  get(id: number): Slot | undefined {
    return this.#slots[this.#numbers.of(id)]
  }

  /** The id of the slot that holds frame `gfn`, or −1. Allocates nothing. */
  idAt(gfn: number): number {
    return this.at(gfn)?.id ?? -1
  }

  /** The slot that holds frame `gfn`. Allocates nothing. */
  at(gfn: number): Slot | undefined {
    const number = this.#index === undefined ? -1 : this.#index.find(gfn)
    return number < 0 ? undefined : this.#slots[number]
  }

  /** The slots, in no order. */
  all(): Iterable<Slot> {
    return this.#slots.filter(slot => slot !== undefined)
  }

  /** Whether a slot that `test` accepts has one of the frames `[base, base + npages)`. */
  someInFrames(base: number, npages: number, test: (id: number) => boolean): boolean {
    const gfns = this.#index?.gfns
    const last = base + npages - 1
    for (let at = gfns?.first(base, last) ?? -1; at >= 0; at = gfns!.after(at, base, last)) {
      if (test(this.#slots[at]!.id)) return true
    }
    return false
  }

  /** Visits, by ascending frame, the slots that have one of the frames `[base, base + npages)`. */
  forEachInFrames(base: number, npages: number, visit: (slot: Slot) => void): void {
    this.someInFrames(base, npages, id => {
      visit(this.get(id)!)
      return false
    })
  }

  /** Visits the slots, aliases included, that have one of the host pages `[first, last]`. */
  forEachInHostPages(first: number, last: number, visit: (slot: Slot) => void): void {
    const hvas = this.#index?.hvas
    for (let at = hvas?.first(first, last) ?? -1; at >= 0; at = hvas!.after(at, first, last)) {
      visit(this.#slots[at]!)
    }
  }

  /** Makes all changes (kernel: `kvm_replace_memslot`): what goes first, for slots may change places. */
  apply(changes: readonly SlotChange[]): void {
    this.#index ??= SlotIndex.create()
    const index = this.#index
    for (const { old } of changes) {
      if (!old) continue
      const number = this.#numbers.release(old.id)
      index.drop(number)
      this.#slots[number] = undefined
    }
    for (const { next } of changes) {
      if (!next) continue
      const number = this.#numbers.assign(next.id)
      if (!index.reserve(number)) throw new RangeError(`no room for slot ${next.id}`)
      index.add(number, { ...next, log: NO_LOG })
      this.#slots[number] = next
    }
  }
}

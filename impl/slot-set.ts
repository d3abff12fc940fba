import { IntervalTree } from './interval-tree.js'
import type { Slot } from './slot.js'

/**
 * One set of slots of an address space, found by id, by frame and by host page (`struct kvm_memslots`). Frames of
 * different slots are disjoint, host pages need not be.
 */
export class SlotSet {
  #byId = new Map<number, Slot>()
  #gfns = new IntervalTree()
  #hvas = new IntervalTree()

  get size(): number {
    return this.#byId.size
  }

  get(id: number): Slot | undefined {
    return this.#byId.get(id)
  }

  /** The id of the slot that holds frame `gfn`, or −1. Allocates nothing. */
  idAt(gfn: number): number {
    return this.#gfns.find(gfn)
  }

  /** The slot that holds frame `gfn`. Allocates nothing. */
  at(gfn: number): Slot | undefined {
    const id = this.idAt(gfn)
    return id < 0 ? undefined : this.#byId.get(id)
  }

  /** The slots, in no order. */
  all(): Iterable<Slot> {
    return this.#byId.values()
  }

  /** Whether a slot that `test` accepts has one of the frames `[base, base + npages)`. */
  someInFrames(base: number, npages: number, test: (id: number) => boolean): boolean {
    return this.#gfns.some(base, base + npages - 1, test)
  }

  /** Visits, by ascending frame, the slots that have one of the frames `[base, base + npages)`. */
  forEachInFrames(base: number, npages: number, visit: (slot: Slot) => void): void {
    this.#gfns.forEach(base, base + npages - 1, id => visit(this.#byId.get(id)!))
  }

  /** Visits the slots, aliases included, that have one of the host pages `[first, last]`. */
  forEachInHostPages(first: number, last: number, visit: (slot: Slot) => void): void {
    this.#hvas.forEach(first, last, id => visit(this.#byId.get(id)!))
  }

  /**
   * Puts `next` in the place of `old`; either may be missing, and both have the same id (kernel:
   * `kvm_replace_memslot`). A tree whose interval stays is left alone. During a sequence of replacements frames may
   * overlap for a while, as when two slots change places.
   */
  replace(old: Slot | undefined, next: Slot | undefined): void {
    const sameFrames = old?.base === next?.base && old?.npages === next?.npages
    const sameHost = old?.hva === next?.hva && old?.npages === next?.npages
    if (old) {
      if (!sameFrames) this.#gfns.remove(old.base, old.id)
      if (!sameHost) this.#hvas.remove(old.hva, old.id)
    }
    if (next) {
      if (!sameFrames) this.#gfns.insert(next.base, next.base + next.npages - 1, next.id)
      if (!sameHost) this.#hvas.insert(next.hva, next.hva + next.npages - 1, next.id)
      this.#byId.set(next.id, next)
    } else if (old) this.#byId.delete(old.id)
  }
}

import { type SlotChange, SlotSet } from './slot-set.js'

/**
 * An address space: two sets of slots, of which one is published. An update edits the other one, publishes it, and
 * repeats its edits on the set that was published before; at rest both hold the same slot objects (kernel:
 * `__memslots[as][2]`, `kvm_swap_active_memslots`).
 */
export class AddressSpace {
  #sets: readonly [SlotSet, SlotSet] = [new SlotSet(), new SlotSet()]
  #published: 0 | 1 = 0
  #swaps = 0
  #index: number
  #spaces: number

  /** @param index this space's number @param spaces how many the VM has: Linux interleaves their generations */
  constructor(index: number, spaces: number) {
    this.#index = index
    this.#spaces = spaces
  }

  /** The published set: what accesses see. */
  get current(): SlotSet {
    return this.#sets[this.#published]
  }

  /** The set that an update edits. At rest it equals `current`. */
  get other(): SlotSet {
    return this.#sets[this.#published === 0 ? 1 : 0]
  }

  /** How often a set was published. */
  get swaps(): number {
    return this.#swaps
  }

  /** Identifies the published set; starts at the space's index and steps by the number of spaces at every swap. */
  get generation(): number {
    return this.generationAfter(0)
  }

  /** The generation after `swaps` more swaps. */
  generationAfter(swaps: number): number {
    return this.#index + (this.#swaps + swaps) * this.#spaces
  }

  /**
   * Publishes the set with the pages of a coming change blocked (Linux: the slot marked INVALID). This version has one
   * thread, so no access can start before the unblocking `publish`: the blocked set is the current one, and what is
   * left of the blocking is its swap.
   */
  block(): void {
    this.#swap()
  }

  /** Publishes the set as `changes` make it, in one swap. They must leave the slots disjoint. */
  publish(changes: readonly SlotChange[]): void {
    this.other.apply(changes)
    this.#swap()
    this.other.apply(changes)
  }

  #swap(): void {
    this.#published = this.#published === 0 ? 1 : 0
    this.#swaps++
  }
}

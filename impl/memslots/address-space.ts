import { BLOCKED, type Control, PUBLISHED } from '../threads/control.js'
import type { Slot, SlotChange } from './slot.js'
import { type SlotPair, SlotSet, type SlotSetHandle } from './slot-set.js'

/** What another thread needs of a space: its two sets; survives `postMessage`. */
export type AddressSpaceHandle = readonly [even: SlotSetHandle, odd: SlotSetHandle]

/**
 * An address space: two sets of slots, of which one is published (kernel: `__memslots[as][2]`,
 * `kvm_swap_active_memslots`). An update edits the other one, publishes it, waits until no reader holds the
 * set published before, and copies the changes into that one; at rest both are equal.
 */
export class AddressSpace {
  readonly index: number
  readonly #control: Control
  #even: SlotSet
  #odd: SlotSet

  private constructor(control: Control, index: number, [even, odd]: SlotPair) {
    this.#control = control
    this.index = index
    this.#even = even
    this.#odd = odd
  }

  /** An empty space. */
  static create(control: Control, index: number): AddressSpace {
    return new AddressSpace(control, index, SlotSet.createPair())
  }

  static attach(control: Control, index: number, handle: AddressSpaceHandle): AddressSpace {
    return new AddressSpace(control, index, SlotSet.attachPair(handle))
  }

  /**
   * Makes room for every slot with an id below `ids`: from now on no buffer moves.
   * @param moved what becomes of each slot: its log may be elsewhere
   * @returns what puts the copies in place of the sets
   * @throws RangeError without memory
   */
  makeRoom(ids: number, moved: (slot: Slot) => Slot): () => void {
    const [even, odd] = this.current.withRoom(ids, moved)
    return () => {
      this.#even = even
      this.#odd = odd
    }
  }

  /** What `attach` takes, once there is room. */
  get handle(): AddressSpaceHandle {
    return [this.#even.handle, this.#odd.handle]
  }

  /** The set that `ticket` published. */
  set(ticket: number): SlotSet {
    return (ticket & 1) === 0 ? this.#even : this.#odd
  }

  /** The published set: what new accesses see. Calls under the lock read it without announcing it. */
  get current(): SlotSet {
    return this.set(this.ticket)
  }

  /** A number for the published set; steps by one at each swap, and wraps at 2^32. Its lowest bit says which set. */
  get ticket(): number {
    return this.#control.ticket(this.index)
  }

  /** How often a set was published. */
  get swaps(): number {
    return this.#control.swaps(this.index)
  }

  /** Identifies the published set; starts at the space's index and steps by the number of spaces at every swap. */
  get generation(): number {
    return this.generationAfter(0)
  }

  /** The generation after `swaps` more swaps. */
  generationAfter(swaps: number): number {
    return this.index + (this.swaps + swaps) * this.#control.spaces
  }

  /** Makes room for `slots` more slots, so that no edit can fail. False without memory. */
  reserve(slots: number): boolean {
    return this.#even.reserve(slots)
  }

  /** Makes the changes in the unpublished set, which no reader may hold. */
  edit(changes: readonly SlotChange[]): void {
    this.set(this.ticket + 1).edit(changes)
  }

  /** Brings the unpublished set, which no reader may hold, up to date with the published one. */
  follow(): void {
    this.set(this.ticket + 1).follow(this.current)
  }

  /** Makes the unpublished set, which no reader may hold, equal to the published one, whatever is in it. */
  restoreOther(): void {
    this.set(this.ticket + 1).restore(this.current)
  }

  /** Forgets what this thread has edited: another has made both sets equal in its place. */
  forgetEdits(): void {
    this.#even.forgetEdits()
    this.#odd.forgetEdits()
  }

  /** How many ranges of the list of blocked frames apply to the published set. */
  get blocked(): number {
    return this.#control.words[this.#control.spaceAt(this.index) + BLOCKED + (this.ticket & 1)]!
  }

  /** Sets how many ranges of the list of blocked frames apply to the unpublished set; 0 for none. */
  blockOther(ranges: number): void {
    const { words } = this.#control
    words[this.#control.spaceAt(this.index) + BLOCKED + ((this.ticket + 1) & 1)] = ranges
  }

  /** Publishes the other set. */
  swap(): void {
    this.#control.swap(this.index)
  }

  /** Wakes the accesses that sleep until a set is published. */
  wake(): void {
    Atomics.notify(this.#control.words, this.#control.spaceAt(this.index) + PUBLISHED)
  }
}

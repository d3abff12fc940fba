import type { SlotSet } from '../memslots/slot-set.js'
import {
  BLOCKED,
  type Control,
  HELD,
  heldOf,
  KICK,
  KIND,
  NEXT_SECTION,
  PUBLISHED,
  SPACE,
  TAKEN,
  VCPU,
  VCPU_ID,
  WAITING,
} from '../threads/control.js'
import { Released, StuckUpdate } from '../threads/stuck.js'
import type { BlockedFrames } from '../update/blocked-frames.js'

/** How the wait for a blocked page ends: the access looks up again, or it was kicked and is abandoned. */
export type Waited = 'again' | 'abandoned'

/**
 * A reader of published sets: a vCPU, or a thread's own accesses. Used by one thread at a time.
 *
 * Between `enter` and `leave` it is a *holder* of a set, as an SRCU reader is. It loads which set is published,
 * announces that it holds it, and checks that it is still published; an updater publishes the other set and then waits
 * until no reader announces this one. So all lookups in between see one set, which is not edited meanwhile, and an
 * access whose data and dirty mark lie in between is in flight exactly as long as it is announced (semantics.md §1).
 */
export class Reader {
  /** The reader's number in the control block. */
  readonly index: number
  /** The space it entered last. */
  as = 0
  /** The ticket of the set it entered last; the lowest bit says which of the two. */
  ticket = 0
  /** How often an access has had to wait for a blocked page. */
  waits = 0
  readonly #control: Control
  readonly #blockedFrames: () => BlockedFrames
  readonly #at: number
  readonly #patience: number
  /** The slot found last in the held set, or −1 (kernel: the vCPU's `last_used_slot`). */
  #lastUsed = -1
  /** How many blocked ranges apply to the held set. */
  #blocked = 0
  /** The number of the thread that has claimed the reader; −1 once it has released it. */
  #owner: number
  /** Counts sections in the upper bits of HELD. */
  #section = 0
  /** Whether an access has waited and not had its turn yet. */
  #hasWaited = false

  /**
   * @param owner the thread that has claimed it
   * @param blocked gets the list of blocked frames; called only if some are blocked
   * @param patience the most milliseconds that an access waits for a blocked page
   */
  constructor(
    control: Control,
    index: number,
    owner: number,
    blocked: () => BlockedFrames,
    patience: number,
  ) {
    control.renew()
    this.index = index
    this.#owner = owner
    this.#control = control
    this.#at = control.readerAt(index)
    this.#blockedFrames = blocked
    this.#patience = patience
  }

  /** Whether this object has the reader: it was not closed, and nobody has released it. */
  get isOwn(): boolean {
    return this.#control.words[this.#at + TAKEN] === this.#owner
  }

  /** From now on nothing is done by this object. */
  disown(): void {
    this.#owner = -1
  }

  /** @throws Released */
  require(): void {
    if (!this.isOwn) this.#refuse()
  }

  /** Begins a section: holds the published set of the reader's space. Allocates nothing. @throws Released */
  enter(): void {
    this.enterSpace(Atomics.load(this.#control.words, this.#at + SPACE))
  }

  /** Begins a section: holds the published set of space `as`. Allocates nothing. @throws Released */
  enterSpace(as: number): void {
    const { words } = this.#control
    if (words[this.#at + TAKEN] !== this.#owner) this.#refuse()
    const space = this.#control.spaceAt(as)
    let ticket = Atomics.load(words, space + PUBLISHED)
    this.#section = (this.#section + NEXT_SECTION) | 0
    for (;;) {
      Atomics.store(words, this.#at + HELD, this.#section | heldOf(as, ticket))
      const published = Atomics.load(words, space + PUBLISHED)
      if (published === ticket) break
      ticket = published
    }
    if (ticket !== this.ticket || as !== this.as) {
      this.as = as
      this.ticket = ticket
      this.#lastUsed = -1
    }
    this.#blocked = words[space + BLOCKED + (ticket & 1)]!
    if (this.#hasWaited && this.#blocked === 0) this.#takeTurn()
  }

  /** Ends the section: holds nothing any more. */
  leave(): void {
    if (this.isOwn) Atomics.store(this.#control.words, this.#at + HELD, 0)
  }

  /** The number of the slot that has frame `gfn` in `set`, the held set, or −1. Allocates nothing. */
  numberAt(set: SlotSet, gfn: number): number {
    const last = this.#lastUsed
    if (last >= 0) {
      const { extents } = set.columns
      const page = gfn - extents[2 * last]!
      if (page >= 0 && page < extents[2 * last + 1]!) return last
    }
    const number = set.numberAt(gfn)
    if (number >= 0) this.#lastUsed = number
    return number
  }

  /** Whether any frame is blocked in the held set. */
  get blocks(): boolean {
    return this.#blocked !== 0
  }

  /** Whether an access to frame `gfn` has to wait, in the held set. Allocates nothing. */
  isBlocked(gfn: number, writes: boolean): boolean {
    return this.#blocked !== 0 && this.#blockedFrames().holds(this.#blocked, gfn, writes)
  }

  /**
   * Ends the section in whose set `gfn` is blocked, and sleeps, holding nothing, until another set is published. The
   * caller then enters again and looks up: that is the access's turn, for which the next update waits.
   * @throws StuckUpdate
   * @throws Released
   */
  waitFor(gfn: number): Waited {
    const { words } = this.#control
    this.waits++
    // Stored while the blocked set is still held: the update that drains its holders cannot end before it.
    this.#hasWaited = true
    Atomics.store(words, this.#at + WAITING, 1 + this.as)
    this.leave()
    const published = this.#control.spaceAt(this.as) + PUBLISHED
    const deadline = performance.now() + this.#patience
    for (;;) {
      this.require()
      if (Atomics.exchange(words, this.#at + KICK, 0) !== 0) {
        this.#takeTurn()
        return 'abandoned'
      }
      if (Atomics.load(words, published) !== this.ticket) return 'again'
      const left = deadline - performance.now()
      if (left <= 0) {
        this.#takeTurn()
        throw new StuckUpdate(gfn, this.#patience)
      }
      this.#control.onSleep?.(true)
      Atomics.wait(words, published, this.ticket, left)
    }
  }

  #refuse(): never {
    const { words } = this.#control
    throw new Released(words[this.#at + KIND] === VCPU ? words[this.#at + VCPU_ID]! >>> 0 : null)
  }

  #takeTurn(): void {
    this.#hasWaited = false
    const { words } = this.#control
    Atomics.store(words, this.#at + WAITING, 0)
    Atomics.notify(words, this.#at + WAITING)
  }
}

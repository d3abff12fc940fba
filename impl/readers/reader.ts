import type { SlotSet } from '../memslots/slot-set.js'
import {
  BLOCKED,
  type Control,
  HELD,
  heldOf,
  KICK,
  NEXT_SECTION,
  PUBLISHED,
  SPACE,
  WAITING,
} from '../threads/control.js'
import { StuckUpdate } from '../threads/stuck.js'
import type { BlockedFrames } from '../update/blocked-frames.js'

/** How an access goes on after it has met a blocked page: it looks up again, or it was abandoned. */
export type Waited = 'again' | 'abandoned'

/**
 * One that looks up in published sets: a vCPU, or a thread's own accesses. Used by one thread at a time.
 *
 * Between `enter` and `leave` it *holds* the set that was published: load what is published, announce it, and look
 * whether it is published still; an updater publishes the other set and then waits until nobody announces this one. So
 * whatever is read in between is of one set, which nobody edits, and an access whose data and dirty mark lie in between
 * is in flight exactly as long as it is announced (SEMANTICS §1).
 */
export class Reader {
  /** Its number in the control block. */
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
  /** The slot that was looked up last in the set that is held, or −1 (kernel: the vCPU's `last_used_slot`). */
  #lastUsed = -1
  /** How many blocked ranges there are in the set that is held. */
  #blocked = 0
  /** Counts sections in the upper bits of HELD. */
  #section = 0
  /** Whether an access has waited and not looked up again. */
  #waits = false

  /**
   * @param blocked where the blocked frames stand; asked only when there are some
   * @param patience the most milliseconds that an access waits for a blocked page
   */
  constructor(control: Control, index: number, blocked: () => BlockedFrames, patience: number) {
    control.renew()
    this.index = index
    this.#control = control
    this.#at = control.readerAt(index)
    this.#blockedFrames = blocked
    this.#patience = patience
  }

  /** Begins to hold the published set of the space that it is in. Allocates nothing. */
  enter(): void {
    this.enterSpace(Atomics.load(this.#control.words, this.#at + SPACE))
  }

  /** Begins to hold the published set of space `as`. Allocates nothing. */
  enterSpace(as: number): void {
    const { words } = this.#control
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
    if (this.#waits && this.#blocked === 0) this.#takeTurn()
  }

  /** Holds nothing any more. */
  leave(): void {
    Atomics.store(this.#control.words, this.#at + HELD, 0)
  }

  /** The number of the slot that holds frame `gfn` in `set`, which is held, or −1. Allocates nothing. */
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

  /** Whether any frame is blocked in the set that is held. */
  get blocks(): boolean {
    return this.#blocked !== 0
  }

  /** Whether an access to frame `gfn` has to wait, in the set that is held. Allocates nothing. */
  isBlocked(gfn: number, writes: boolean): boolean {
    return this.#blocked !== 0 && this.#blockedFrames().holds(this.#blocked, gfn, writes)
  }

  /**
   * Lets go of the set in which `gfn` is blocked and sleeps, holding nothing, until another is published. What is to be
   * done then is to `enter` and look up again: that is the access's turn, for which the next update waits.
   * @throws StuckUpdate
   */
  waitFor(gfn: number): Waited {
    const { words } = this.#control
    this.waits++
    // Said while the blocked set is still held, so that the update that drains its holders cannot end before.
    this.#waits = true
    Atomics.store(words, this.#at + WAITING, 1 + this.as)
    this.leave()
    const published = this.#control.spaceAt(this.as) + PUBLISHED
    const deadline = performance.now() + this.#patience
    for (;;) {
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
      Atomics.wait(words, published, this.ticket, left)
    }
  }

  #takeTurn(): void {
    this.#waits = false
    const { words } = this.#control
    Atomics.store(words, this.#at + WAITING, 0)
    Atomics.notify(words, this.#at + WAITING)
  }
}

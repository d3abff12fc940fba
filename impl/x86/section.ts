import type { HostPages } from '../memory/host-pages.js'

/** How a frame's look-up ends. */
export const FOUND = 0
/** No slot has the frame. */
export const HOLE = 1
/**
 * An update owes the frame: the operation starts again from nothing when another set is published (semantics.md §2).
 */
export const BLOCKED = 2
export type Found = typeof FOUND | typeof HOLE | typeof BLOCKED

/** The slot that a look-up found: filled in, so that nothing is allocated. */
export class FoundSlot {
  /** Its number in the held set. */
  number = 0
  id = 0
  readonly = false
  /** First guest frame. A double from the start, and so a place for doubles. */
  base = Number.NaN
  npages = Number.NaN
  /** First host page, in the halves that `HostPages` finds it by: as numbers beyond 32 bits they would be allocated. */
  hostLow = 0
  hostUpper = 0
}

const WRAP = 2 ** 32

/** Where the host page of frame `gfn` of a slot is in the buffer, or `ZERO_PAGE`. */
export function placeIn(slot: FoundSlot, gfn: number, pages: HostPages): number {
  const low = (slot.hostLow >>> 0) + (gfn - slot.base)
  return pages.findHalves(low | 0, low < WRAP ? slot.hostUpper : slot.hostUpper + 1)
}

/**
 * The announced sections of a vCPU: between `enter` and `leave` it holds one set of the space it is in, and every
 * look-up is answered from that set.
 */
export interface Section {
  /** Begins to hold the published set. */
  enter(): void
  leave(): void
  /** Which set is held: the space, and the ticket that published it. What is cached is right for one set. */
  readonly as: number
  readonly ticket: number
  /** Whether other threads have the machine. */
  readonly shared: boolean
  /** Whether some frames of the held set are blocked. */
  readonly blocks: boolean
  /** Looks `gfn` up for a read, or for a write, and fills `slot` in if it is FOUND. Allocates nothing. */
  lookUp(gfn: number, writes: boolean, slot: FoundSlot): Found
  /** Marks page `page` of slot number `slot` of the held set, if it is logged. */
  mark(slot: number, page: number): void
  /** Lets go of the set in which `gfn` is blocked and waits for another; false where the access was abandoned. */
  waitFor(gfn: number): boolean
}

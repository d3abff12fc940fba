import type { HostPages } from '../memory/host-pages.js'

/** How the lookup of a frame ends. */
export const FOUND = 0
/** No slot has the frame. */
export const HOLE = 1
/** The frame is blocked: the operation starts over when another set is published (semantics.md §2). */
export const BLOCKED = 2
export type Found = typeof FOUND | typeof HOLE | typeof BLOCKED

/** The slot that a lookup found, filled in, so that a lookup makes no garbage. */
export class FoundSlot {
  /** Its number in the held set. */
  number = 0
  id = 0
  readonly = false
  /** First guest frame. NaN at first, so that V8 makes it a field for doubles. */
  base = Number.NaN
  npages = Number.NaN
  /** First host page, in two halves as `HostPages` takes it: V8 would allocate a number beyond 32 bits. */
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
 * The sections of a vCPU: between `enter` and `leave` it is a holder of one set of its space, and every lookup is
 * answered from that set.
 */
export interface Section {
  /** Begins a section: holds the published set. */
  enter(): void
  leave(): void
  /** The held set: its space, and the ticket that published it. Caches are valid for one set. */
  readonly as: number
  readonly ticket: number
  /** Whether other threads may have the VM. */
  readonly shared: boolean
  /** Whether some frames of the held set are blocked. */
  readonly blocks: boolean
  /** Looks `gfn` up for a read, or for a write, and fills `slot` in if it is FOUND. Allocates nothing. */
  lookUp(gfn: number, writes: boolean, slot: FoundSlot): Found
  /** Marks page `page` of slot number `slot` of the held set, if it is logged. */
  mark(slot: number, page: number): void
  /** Ends the section in whose set `gfn` is blocked and waits for another set; false if the access was abandoned. */
  waitFor(gfn: number): boolean
}

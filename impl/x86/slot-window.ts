import type { HostPages } from '../host-pages.js'
import type { FoundSlot } from './section.js'

export const WINDOW_REGIONS = 4096
const FRAMES_END = 2 ** 31
const UPPER = 2 ** 32

/** Set beside the tag of a region that its slot does not cover, and where nothing is remembered: bounds must be asked. */
export const PARTLY = 1

/**
 * The slots that a vCPU used last: guest memory is cut into 4096 regions, and each has the slot that was found in it
 * last, where KVM has one `last_used_slot` for all.
 *
 * Integers only, since they are on the way of every walk. Not remembered, and looked up every time: frames from 2³¹ on,
 * and slots with host pages of different upper halves.
 */
export class SlotWindow {
  /**
   * Four words a region: what to add to a frame to have the lower half of its host page; the tag that goes into the
   * page's key (`HostPages`), or with PARTLY the bounds must be asked first; and these, the slot's first frame and how
   * many it has, none where nothing is remembered.
   */
  readonly regions = new Int32Array(4 * WINDOW_REGIONS)
  /** A region has 2^`shift` frames, so many that the regions reach the last frame that was ever remembered. */
  shift = 5
  /** Rows from here on are empty. */
  #used = 4 * WINDOW_REGIONS

  constructor() {
    this.clear()
  }

  clear(): void {
    for (let row = 0; row < this.#used; row += 4) {
      this.regions[row + 1] = PARTLY
      this.regions[row + 3] = 0
    }
    this.#used = 0
  }

  /** Remembers that `slot` has frame `gfn`; whether the window can. */
  remember(gfn: number, slot: FoundSlot, pages: HostPages): boolean {
    const { base, npages, hostLow } = slot
    if (gfn >= FRAMES_END || (hostLow >>> 0) + npages > UPPER) return false
    const tag = pages.tagOf(slot.hostUpper)
    if (tag === 0) return false
    while (gfn >>> this.shift >= WINDOW_REGIONS) {
      this.shift++
      this.clear()
    }
    const size = 2 ** this.shift
    const region = gfn >>> this.shift
    const covered = base <= region * size && (region + 1) * size <= base + npages
    const row = 4 * region
    this.regions[row] = (hostLow - base) | 0
    this.regions[row + 1] = covered ? tag : tag | PARTLY
    this.regions[row + 2] = base
    this.regions[row + 3] = Math.min(npages, FRAMES_END - base)
    this.#used = Math.max(this.#used, row + 4)
    return true
  }
}

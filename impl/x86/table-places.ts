import { SPREAD } from '../memory/host-pages.js'

const ROW_BITS = 15
/** How far a spread frame is shifted to be the number of a row. */
export const ROW_SHIFT = 32 - ROW_BITS
/** Places of pages, in words, have these bits clear: an epoch is there. */
export const EPOCHS = 0x3ff
const FRAMES_END = 2 ** 31

/**
 * Where the tables are in the buffer of host pages that a vCPU walked through last: frame → place, for frames of the
 * user's slots in the set that is held. Direct mapped. What second-stage translations of guest tables are on hardware.
 *
 * A row counts only in its own epoch, which ends where the set is held no more, or the rights of host pages change. Only
 * pages that exist are remembered: they stay where they are. Frames from 2³¹ on are not.
 */
export class TablePlaces {
  /** Two words a row: the frame, and its place, in whose low bits the epoch is. */
  readonly rows = new Int32Array(2 << ROW_BITS)
  /** Of 10 bits, never 0. */
  epoch = 1

  /** Forgets all. */
  revoke(): void {
    this.epoch = (this.epoch + 1) & EPOCHS
    if (this.epoch !== 0) return
    this.rows.fill(0) // the numbers begin anew, and old rows must not come to life
    this.epoch = 1
  }

  /** Remembers that frame `gfn` is at `place`, which is not the zero page's; whether it can. */
  keep(gfn: number, place: number): boolean {
    if (gfn >= FRAMES_END) return false
    const at = (Math.imul(gfn, SPREAD) >>> ROW_SHIFT) << 1
    this.rows[at] = gfn
    this.rows[at | 1] = (place >> 2) | this.epoch
    return true
  }
}

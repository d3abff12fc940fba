import { SPREAD } from '../memory/host-pages.js'

const ROW_BITS = 15
/** How far a spread frame is shifted to be the number of a row. */
export const ROW_SHIFT = 32 - ROW_BITS
/** The bits of a row's place that hold its epoch; places, counted in words, have them clear. */
export const EPOCHS = 0x3ff
const FRAMES_END = 2 ** 31

/**
 * A cache of where page tables are in the buffer of host pages: frame → place, for frames of user slots in the held
 * set. Direct mapped. On hardware, a TLB keeps second-stage translations of the guest's tables likewise.
 *
 * A row is valid only in its own epoch, which ends when another set is held or the rights of host pages change. Only
 * pages that exist are kept, since these never move, and only frames below 2³¹.
 */
export class TablePlaces {
  /** Two words a row: the frame, and its place, in whose low bits the epoch is. */
  readonly rows = new Int32Array(2 << ROW_BITS)
  /** Of 10 bits, never 0. */
  epoch = 1

  /** Makes all rows invalid. */
  revoke(): void {
    this.epoch = (this.epoch + 1) & EPOCHS
    if (this.epoch !== 0) return
    this.rows.fill(0) // the epochs begin again, and old rows must not become valid
    this.epoch = 1
  }

  /** Keeps that frame `gfn` is at `place`, which is not the zero page's; false if it cannot. */
  keep(gfn: number, place: number): boolean {
    if (gfn >= FRAMES_END) return false
    const at = (Math.imul(gfn, SPREAD) >>> ROW_SHIFT) << 1
    this.rows[at] = gfn
    this.rows[at | 1] = (place >> 2) | this.epoch
    return true
  }
}

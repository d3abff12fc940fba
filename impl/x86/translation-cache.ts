const ENTRIES = 2048
const PAGE_MASK = ~0xfff
/** In the low bits of a cached place: the rights of the page. */
const RIGHTS = 7

/**
 * A vCPU's cache of translations for reads and fetches, linear page → place of the host page in the shared buffer: what
 * a TLB and the second stage together are on hardware. Direct mapped; rows of four words: linear page low and high,
 * epoch, place with rights.
 *
 * A row counts only in its own epoch. A new epoch begins where anything changes on which a translation rests: the set of
 * slots that is held, a control register, an invalidated address (x86-fetch.md §6). So a cached translation is right for
 * the set in which it is used, and revoking costs nothing but misses. Holes are never cached, nor pages that do not exist
 * yet: their place is not theirs for good.
 */
export class TranslationCache {
  readonly #rows = new Int32Array(4 * ENTRIES)
  #epoch = 1

  /** Forgets all translations. */
  revoke(): void {
    this.#epoch = (this.#epoch + 1) | 0
    if (this.#epoch !== 0) return
    this.#rows.fill(0) // the numbers begin anew, and old rows must not come to life
    this.#epoch = 1
  }

  /** The place of the linear page of an address, if it is cached and `refused` (`Regime`) allows its rights; else −1. */
  find(high: number, low: number, refused: number): number {
    const rows = this.#rows
    const at = rowOf(high, low)
    const place = rows[at | 3]!
    if (rows[at] !== (low & PAGE_MASK) || rows[at | 1] !== high || rows[at | 2] !== this.#epoch) return -1
    return ((refused >>> (place & RIGHTS)) & 1) !== 0 ? -1 : place & PAGE_MASK
  }

  /** Keeps a translation that was just made: the page's place and its rights. */
  keep(high: number, low: number, place: number, rights: number): void {
    const rows = this.#rows
    const at = rowOf(high, low)
    rows[at] = low & PAGE_MASK
    rows[at | 1] = high
    rows[at | 2] = this.#epoch
    rows[at | 3] = place | rights
  }
}

function rowOf(high: number, low: number): number {
  const page = (low >>> 12) ^ (low >>> 23) ^ (high << 5)
  return (page & (ENTRIES - 1)) << 2
}

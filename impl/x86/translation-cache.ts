import type { FETCH, READ } from './regime.js'

const ENTRIES = 2048
const PAGE_MASK = ~0xfff
/** Apart from its row, a page may be in the one beside it. */
const SIBLING = 4
/** In the low bits of a cached place: the uses that are refused, by their numbers, and above them the epoch. */
const EPOCH_SHIFT = 3
const EPOCHS = PAGE_MASK ^ -(1 << EPOCH_SHIFT)

/**
 * A vCPU's cache of translations for reads and fetches, linear page → place of the host page in the shared buffer: what
 * a TLB and the second stage together are on hardware. Direct mapped; rows of three words in four: linear page low and
 * high, place with refused uses and epoch.
 *
 * A row counts only in its own epoch. A new epoch begins where anything changes on which a translation rests: the set
 * of slots that is held, a control register, an invalidated address (fetch-path.md, Caches). So a cached translation is
 * right for the set in which it is used, and revoking costs nothing but misses. Holes are never cached, nor pages that
 * do not exist yet: their place is not theirs for good.
 */
export class TranslationCache {
  readonly #rows = new Int32Array(4 * ENTRIES)
  /** Never 0, so that rows of zeros count in none. */
  #epoch = 1 << EPOCH_SHIFT

  /** Forgets all translations. */
  revoke(): void {
    this.#epoch = (this.#epoch + (1 << EPOCH_SHIFT)) & EPOCHS
    if (this.#epoch !== 0) return
    this.#rows.fill(0) // the numbers begin anew, and old rows must not come to life
    this.#epoch = 1 << EPOCH_SHIFT
  }

  /** The place of the linear page of an address, if it is cached and `use` allowed; else −1. */
  find(high: number, low: number, use: typeof READ | typeof FETCH): number {
    const at = (((low >>> 12) ^ (low >>> 23) ^ (high << 5)) & (ENTRIES - 1)) << 2
    const place = this.#at(at, high, low, use)
    return place < 0 ? this.#at(at ^ SIBLING, high, low, use) : place
  }

  #at(at: number, high: number, low: number, use: number): number {
    const rows = this.#rows
    const place = rows[at | 2]! ^ this.#epoch
    const differs = ((rows[at]! ^ low) & PAGE_MASK) | (rows[at | 1]! ^ high)
    return (differs | (place & (EPOCHS | (1 << use)))) === 0 ? place & PAGE_MASK : -1
  }

  /** Keeps a translation that was just made: the page's place, and which uses it refuses (bits by their numbers). */
  keep(high: number, low: number, place: number, refused: number): void {
    const rows = this.#rows
    const first = (((low >>> 12) ^ (low >>> 23) ^ (high << 5)) & (ENTRIES - 1)) << 2
    const at = this.#counts(first) && !this.#counts(first ^ SIBLING) ? first ^ SIBLING : first
    rows[at] = low & PAGE_MASK
    rows[at | 1] = high
    rows[at | 2] = place | refused | this.#epoch
  }

  #counts(at: number): boolean {
    return ((this.#rows[at | 2]! ^ this.#epoch) & EPOCHS) === 0
  }
}

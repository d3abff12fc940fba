import type { FETCH, READ } from './regime.js'

const ENTRIES = 2048
const PAGE_MASK = ~0xfff
/** A page may be in its own row or in the one beside it. */
const SIBLING = 4
/** In the low bits of a cached place: the uses that are refused, by their numbers, and above them the epoch. */
const EPOCH_SHIFT = 3
const EPOCHS = PAGE_MASK ^ -(1 << EPOCH_SHIFT)

/**
 * A vCPU's cache of translations for reads and fetches, linear page → place of the host page in the shared buffer: what
 * a TLB and the second stage together are on hardware. Direct mapped; rows of three words in four: linear page low and
 * high, place with refused uses and epoch.
 *
 * A row is valid only in its own epoch. A new epoch begins when anything changes that a translation depends on: the
 * held set, the rights of host pages, a control register, an invalidated address (fetch-path.md, Caches). So a cached
 * translation is right for the set in which it is used, and revoking costs nothing but misses. Holes are not cached,
 * nor pages that do not exist yet, since they have no place yet.
 */
export class TranslationCache {
  readonly #rows = new Int32Array(4 * ENTRIES)
  /** Never 0, so that rows of zeros are never valid. */
  #epoch = 1 << EPOCH_SHIFT

  /** Makes all rows invalid. */
  revoke(): void {
    this.#epoch = (this.#epoch + (1 << EPOCH_SHIFT)) & EPOCHS
    if (this.#epoch !== 0) return
    this.#rows.fill(0) // the epochs begin again, and old rows must not become valid
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
    const at = this.#isValid(first) && !this.#isValid(first ^ SIBLING) ? first ^ SIBLING : first
    rows[at] = low & PAGE_MASK
    rows[at | 1] = high
    rows[at | 2] = place | refused | this.#epoch
  }

  #isValid(at: number): boolean {
    return ((this.#rows[at | 2]! ^ this.#epoch) & EPOCHS) === 0
  }
}

import { PAGE_SIZE } from '../base/frames.js'
import { HostRightsTable } from './host-rights.js'

/** What another thread needs to see the same host pages; may be posted to a worker. */
export interface HostPagesHandle {
  readonly buffer: SharedArrayBuffer
}

/** Pages are set aside in extents of 64, 256 KiB of host addresses, so that the table that finds them stays small. */
export const EXTENT_PAGES = 64
export const EXTENT_BITS = 6
const EXTENT_BYTES = EXTENT_PAGES * PAGE_SIZE

/** The most bytes of host pages that may be asked for: offsets stay positive 32-bit integers, table included. */
export const MAX_PAGE_BYTES = 2 ** 30 + 2 ** 29

/** Whether pages may be limited to so many bytes: whole extents, at least one. */
export function isPageLimit(bytes: number): boolean {
  return Number.isInteger(bytes / EXTENT_BYTES) && bytes >= EXTENT_BYTES && bytes <= MAX_PAGE_BYTES
}

/** The place of the page that is never written: what every page reads as before it exists. */
export const ZERO_PAGE = 0

/** Words of the second page of the buffer: the first byte not given out, and how many entries the table has. */
export const NEXT = PAGE_SIZE >> 2
const ENTRIES = NEXT + 1
/** Next the upper halves of page numbers in use, plus one, in the order of their first use; a zero follows the last. */
const UPPERS = NEXT + 2
/** Byte offset of the table; the pages follow it. The page before it is `host-rights.ts`'s. */
export const TABLE = 3 * PAGE_SIZE

/** How many different upper halves page numbers may have; each covers 16 TiB of host addresses. */
export const MAX_UPPER_HALVES = 63
/** Where a key holds which of them it is, counted from 1. The rest is the lower half without the page in the extent. */
const TAG_SHIFT = 32 - EXTENT_BITS

/** An entry is two words: a key, which is never 0, and the place of its extent. One that is free is zero. */
export const ENTRY_WORDS = 2

/** Spreads keys over the table (2³² by the golden ratio). */
export const SPREAD = 0x9e37_79b1 | 0

/**
 * Host pages that several threads share, and the lock-free table that finds them: host page number → place (byte offset
 * in the buffer). A page is made by `claim`, with the others of its extent, is never taken away, and reads as zero
 * before. Pages are found with plain loads: an entry is written once, by one compare-exchange of its eight bytes.
 *
 * Memory that was set aside and never written costs address space only. The buffer grows by doubling; a thread renews
 * its views when it finds a place beyond them.
 */
export class HostPages {
  /** The whole buffer as bytes, as far as this thread knows it. `find` and `claim` renew the views: take them after. */
  bytes!: Uint8Array
  /** The same as 16-bit words. */
  halves!: Uint16Array
  /** The same as 32-bit words. */
  words!: Int32Array
  /** The same as 64-bit words. */
  quads!: BigInt64Array
  /** What the host may not do with its pages. */
  readonly rights: HostRightsTable
  /** The table's words. */
  readonly table: Int32Array
  /** How far a spread key is shifted to be the number of an entry. */
  readonly shift: number
  readonly #buffer: SharedArrayBuffer
  readonly #entries: number
  /** An extent that this thread reserved and lost the race to use. */
  #spare = 0

  constructor({ buffer }: HostPagesHandle) {
    this.#buffer = buffer
    this.#renew()
    this.rights = new HostRightsTable(buffer)
    this.#entries = this.words[ENTRIES]!
    this.shift = 32 - Math.log2(this.#entries)
    this.table = new Int32Array(buffer, TABLE, this.#entries * ENTRY_WORDS)
  }

  /** @param limit the most bytes of pages that may come to exist, as `isPageLimit` accepts it */
  static create(limit: number): HostPages {
    const entries = 2 ** Math.ceil(Math.log2((2 * limit) / EXTENT_BYTES))
    const first = firstPlace(entries)
    const buffer = new SharedArrayBuffer(first + EXTENT_BYTES, { maxByteLength: first + limit })
    const words = new Int32Array(buffer, 0, TABLE >> 2)
    words[NEXT] = first
    words[ENTRIES] = entries
    return new HostPages({ buffer })
  }

  get handle(): HostPagesHandle {
    return { buffer: this.#buffer }
  }

  /** The most bytes that pages may take. */
  get limit(): number {
    return this.#buffer.maxByteLength - firstPlace(this.#entries)
  }

  /** How many bytes of pages are set aside. */
  get size(): number {
    return Atomics.load(this.words, NEXT) - firstPlace(this.#entries)
  }

  /** The place of host page `page`, or `ZERO_PAGE` if its extent was never written. */
  find(page: number): number {
    return this.findHalves(page | 0, upperOf(page))
  }

  /** `find` by the two halves of a page's number: V8 allocates a number beyond 32 bits that is passed on. */
  findHalves(low: number, upper: number): number {
    const tag = this.tagOf(upper)
    if (tag === 0) return ZERO_PAGE
    const { table } = this
    const key = (low >>> EXTENT_BITS) | tag
    for (let at = this.#firstEntry(key); ; at = this.#after(at)) {
      const found = Atomics.load(table, at)
      if (found === 0) return ZERO_PAGE
      // The key may be visible before the place is: the read is then ordered before the first write of the page.
      if (found === key) return this.#within(Atomics.load(table, at | 1), low)
    }
  }

  /** What the key of a page has of the upper half of its number; 0 if no page has had that half. */
  tagOf(upper: number): number {
    for (let tag = 1; tag <= MAX_UPPER_HALVES; tag++) {
      const found = Atomics.load(this.words, UPPERS + tag - 1)
      if (found === upper + 1) return tag << TAG_SHIFT
      if (found === 0) break
    }
    return 0
  }

  /**
   * The place of host page `page`, made now if it is new; −1 without room for a new one: at the limit, with
   * more than `MAX_UPPER_HALVES` upper halves, or on a machine without memory.
   */
  claim(page: number): number {
    const found = this.find(page)
    if (found !== ZERO_PAGE) return found
    const tag = this.#makeTag(page)
    const fresh = tag === 0 ? -1 : this.#reserve()
    if (fresh < 0) return -1
    const low = page | 0
    const key = (low >>> EXTENT_BITS) | tag
    const entry = quadOf(key, fresh)
    for (let at = this.#firstEntry(key); ; at = this.#after(at)) {
      const before = Atomics.compareExchange(this.quads, (TABLE >> 3) + (at >> 1), 0n, entry)
      if (before === 0n) return this.#within(fresh, low)
      bits.quads[0] = before
      if (bits.words[0] !== key) continue
      this.#spare = fresh
      return this.#within(bits.words[1]!, low)
    }
  }

  #makeTag(page: number): number {
    const upper = upperOf(page) + 1
    for (let tag = 1; tag <= MAX_UPPER_HALVES; tag++) {
      const before = Atomics.compareExchange(this.words, UPPERS + tag - 1, 0, upper)
      if (before === 0 || before === upper) return tag << TAG_SHIFT
    }
    return 0
  }

  /** The place in an extent of the page with this lower half, within the views now. */
  #within(extent: number, low: number): number {
    if (extent === ZERO_PAGE) return ZERO_PAGE
    if (extent >= this.bytes.length) this.#renew()
    return extent + (low & (EXTENT_PAGES - 1)) * PAGE_SIZE
  }

  #firstEntry(key: number): number {
    return (Math.imul(key, SPREAD) >>> this.shift) << 1
  }

  /**
   * Puts `next` in place of `low` in the lower word of the 8 aligned bytes at byte `at`, if they are `high` and `low`
   * still: whether they were. One compare-exchange.
   */
  exchangeEntry(at: number, low: number, high: number, next: number): boolean {
    const expected = quadOf(low, high)
    return Atomics.compareExchange(this.quads, at >>> 3, expected, quadOf(next, high)) === expected
  }

  #after(at: number): number {
    return (at + ENTRY_WORDS) & (this.#entries * ENTRY_WORDS - 1)
  }

  /** The place of an unused extent of zeros, within the views; −1 at the limit. */
  #reserve(): number {
    const place = this.#spare === 0 ? this.#next() : this.#spare
    if (place < 0) return -1
    this.#spare = place
    if (place >= this.bytes.length && !this.#growBeyond(place)) return -1
    this.#spare = 0
    return place
  }

  #next(): number {
    for (;;) {
      const next = Atomics.load(this.words, NEXT)
      if (next + EXTENT_BYTES > this.#buffer.maxByteLength) return -1
      if (Atomics.compareExchange(this.words, NEXT, next, next + EXTENT_BYTES) === next) return next
    }
  }

  /** Whether the buffer now reaches beyond `place`; it does not where the machine has no memory left. */
  #growBeyond(place: number): boolean {
    for (;;) {
      const length = this.#buffer.byteLength
      if (length > place) break
      const pages = length - firstPlace(this.#entries)
      try {
        this.#buffer.grow(Math.min(length + pages, this.#buffer.maxByteLength))
      } catch {
        if (this.#buffer.byteLength === length) return false // else another thread was first
      }
    }
    this.#renew()
    return true
  }

  /** Views of fixed length: length-tracking views are an order of magnitude slower. */
  #renew(): void {
    const length = this.#buffer.byteLength
    this.bytes = new Uint8Array(this.#buffer, 0, length)
    this.halves = new Uint16Array(this.#buffer, 0, length >> 1)
    this.words = new Int32Array(this.#buffer, 0, length >> 2)
    this.quads = new BigInt64Array(this.#buffer, 0, length >> 3)
  }
}

/** The upper half of a page's number. */
export function upperOf(page: number): number {
  return Math.floor(page / 2 ** 32)
}

/** Byte offset of the first page, after a table of `entries` entries. */
function firstPlace(entries: number): number {
  return Math.ceil((TABLE + entries * ENTRY_WORDS * 4) / PAGE_SIZE) * PAGE_SIZE
}

/** Two words and the quad they are. */
const bits = (() => {
  const words = new Int32Array(2)
  return { words, quads: new BigInt64Array(words.buffer) }
})()

function quadOf(low: number, high: number): bigint {
  bits.words[0] = low
  bits.words[1] = high
  return bits.quads[0]!
}

import { PAGE_SIZE } from './frames.js'

/** What another thread needs to see the same host pages; may be posted to a worker. */
export interface HostPagesHandle {
  readonly buffer: SharedArrayBuffer
}

/** The most bytes of host pages that may be asked for: offsets stay positive 32-bit integers, table included. */
export const MOST_PAGE_BYTES = 2 ** 30 + 2 ** 29

/** Whether pages may be limited to so many bytes: whole pages, at least one. */
export function isPageLimit(bytes: number): boolean {
  return Number.isInteger(bytes / PAGE_SIZE) && bytes >= PAGE_SIZE && bytes <= MOST_PAGE_BYTES
}

/** The place of the page that is never written: what every page reads as before it exists. */
export const ZERO_PAGE = 0

/** The second page of the buffer: the first page not given out, by number, and how many entries the table has. */
const HEADER = PAGE_SIZE
const NEXT_PAGE = HEADER >> 2
const ENTRIES = NEXT_PAGE + 1
/** Then the table, from here on; then the pages. */
const TABLE = 2 * PAGE_SIZE

/** An entry: the page's number plus one as a double (8 bytes; 0 is free), the place of its contents (4), and padding. */
const ENTRY_BYTES = 16
/** Pages go into the table in groups, so that neighbours share a cache line. */
const GROUP = 4
const FIRST_GROWTH = 64 * PAGE_SIZE

/**
 * Host pages that several threads share, and the lock-free table that finds them: host page number → place (byte
 * offset in the buffer). A page is made by `claim`, is never taken away, and reads as zero before. Pages are found with
 * plain loads: an entry's key and its place are each written once, by compare-exchange of aligned 8 and 4 bytes.
 *
 * The table has room for twice as many pages as there may be, and is reserved but not touched: an empty one costs
 * address space only. The buffer grows by doubling; a thread notices that it did when it is led to a place beyond its
 * views, and renews them.
 */
export class HostPages {
  /** The whole buffer as bytes, as far as this thread knows it. `find` and `claim` renew the views: take them after. */
  bytes!: Uint8Array
  /** The same as 32-bit words. */
  words!: Int32Array
  /** The same as 16-bit words. */
  halves!: Uint16Array
  /** The same as 64-bit words. */
  quads!: BigInt64Array
  #keys!: Float64Array
  readonly #buffer: SharedArrayBuffer
  /** log2 of the table's groups, as the shift that leaves so many bits of 32. */
  readonly #shift: number
  readonly #lastEntry: number
  /** A page that this thread reserved and lost the race to use. */
  #spare = 0

  constructor({ buffer }: HostPagesHandle) {
    this.#buffer = buffer
    this.#renew()
    const entries = this.words[ENTRIES]!
    this.#shift = 32 - Math.log2(entries / GROUP)
    this.#lastEntry = entries - 1
  }

  /** @param limit the most bytes of pages that may come to exist, as `isPageLimit` accepts it */
  static create(limit: number): HostPages {
    const entries = 2 ** Math.ceil(Math.log2(Math.max((2 * limit) / PAGE_SIZE, 4 * GROUP)))
    const first = Math.ceil((TABLE + entries * ENTRY_BYTES) / PAGE_SIZE)
    const most = first * PAGE_SIZE + limit
    const buffer = new SharedArrayBuffer(Math.min(most, first * PAGE_SIZE + FIRST_GROWTH), {
      maxByteLength: most,
    })
    const words = new Int32Array(buffer, 0, TABLE >> 2)
    words[NEXT_PAGE] = first
    words[ENTRIES] = entries
    return new HostPages({ buffer })
  }

  get handle(): HostPagesHandle {
    return { buffer: this.#buffer }
  }

  /** The most bytes that pages may take. */
  get limit(): number {
    return this.#buffer.maxByteLength - this.#firstPage * PAGE_SIZE
  }

  /** The place of host page `page`, or `ZERO_PAGE` if nobody has written it. Allocates nothing. */
  find(page: number): number {
    const key = page + 1
    const low = page | 0
    let entry = ((Math.imul(low >>> 2, 0x9e37_79b1) >>> this.#shift) << 2) | (low & 3)
    for (;;) {
      const found = this.#keys[entry << 1]!
      if (found === key) break
      if (found === 0) return ZERO_PAGE
      entry = (entry + 1) & this.#lastEntry
    }
    const place = Atomics.load(this.words, (TABLE >> 2) + (entry << 2) + 2)
    if (place >= this.bytes.length) this.#renew()
    return place
  }

  /** The place of host page `page`, made now if it is new; −1 where the limit leaves no room for a new one. */
  claim(page: number): number {
    const found = this.find(page)
    if (found !== ZERO_PAGE) return found
    const fresh = this.#reserve()
    if (fresh < 0) return fresh
    const at = this.#entryFor(page)
    const before = Atomics.compareExchange(this.words, at, ZERO_PAGE, fresh)
    if (before === ZERO_PAGE) return fresh
    this.#spare = fresh
    if (before >= this.bytes.length) this.#renew()
    return before
  }

  /** How many pages exist or are about to, in bytes. */
  get size(): number {
    return (Atomics.load(this.words, NEXT_PAGE) - this.#firstPage) * PAGE_SIZE
  }

  get #firstPage(): number {
    return Math.ceil((TABLE + (this.#lastEntry + 1) * ENTRY_BYTES) / PAGE_SIZE)
  }

  /** The word that holds the place of `page`, in its own entry or in one taken for it. */
  #entryFor(page: number): number {
    bits.number[0] = page + 1
    const key = bits.quad[0]!
    const low = page | 0
    let entry = ((Math.imul(low >>> 2, 0x9e37_79b1) >>> this.#shift) << 2) | (low & 3)
    for (;;) {
      const before = Atomics.compareExchange(this.quads, (TABLE >> 3) + (entry << 1), 0n, key)
      if (before === 0n || before === key) return (TABLE >> 2) + (entry << 2) + 2
      entry = (entry + 1) & this.#lastEntry
    }
  }

  /** The place of a page that nobody uses, all zero, and grows the buffer to hold it; −1 at the limit. */
  #reserve(): number {
    if (this.#spare !== 0) {
      const spare = this.#spare
      if (spare >= this.bytes.length && !this.#growBeyond(spare)) return -1
      this.#spare = 0
      return spare
    }
    const end = this.#buffer.maxByteLength / PAGE_SIZE
    for (;;) {
      const next = Atomics.load(this.words, NEXT_PAGE)
      if (next >= end) return -1
      if (Atomics.compareExchange(this.words, NEXT_PAGE, next, next + 1) !== next) continue
      const place = next * PAGE_SIZE
      if (place < this.bytes.length || this.#growBeyond(place)) return place
      this.#spare = place
      return -1
    }
  }

  /** Whether the buffer now reaches beyond `place`; it does not where the machine has no memory left. */
  #growBeyond(place: number): boolean {
    for (;;) {
      const length = this.#buffer.byteLength
      if (length > place) break
      const pages = length - this.#firstPage * PAGE_SIZE
      try {
        this.#buffer.grow(Math.min(length + pages, this.#buffer.maxByteLength))
      } catch {
        if (this.#buffer.byteLength === length) return false // else another thread was first
      }
    }
    this.#renew()
    return true
  }

  /** Views of fixed length: those that follow a growing buffer are an order of magnitude slower. */
  #renew(): void {
    const length = this.#buffer.byteLength
    this.bytes = new Uint8Array(this.#buffer, 0, length)
    this.words = new Int32Array(this.#buffer, 0, length >> 2)
    this.halves = new Uint16Array(this.#buffer, 0, length >> 1)
    this.quads = new BigInt64Array(this.#buffer, 0, length >> 3)
    const entries = this.words[ENTRIES]!
    this.#keys = new Float64Array(this.#buffer, TABLE, 2 * entries)
  }
}

/** A double and its bits. */
const bits = (() => {
  const number = new Float64Array(1)
  return { number, quad: new BigInt64Array(number.buffer) }
})()

import { appendWordRuns, bitsFrom, fillBits, lowBits, popcount } from './bit-words.js'
import type { Ranges } from './calls.js'
import { appendRun } from './runs.js'

const CHUNK_BITS = 65_536
const CHUNK_WORDS = CHUNK_BITS / 32

/** Stand-ins for chunks that are all clear or all set. Shared by every bitmap and never written. */
const NONE = new Uint32Array(CHUNK_WORDS)
const ALL = new Uint32Array(CHUNK_WORDS).fill(0xffff_ffff)

/**
 * The dirty log of a slot: one bit a page, 1..2^31 − 1 pages. Kept in chunks of 65 536 pages that are allocated when
 * they first become mixed, so that the largest slot costs 256 KiB of pointers, not 256 MiB, and an all-set log
 * (`KVM_DIRTY_LOG_INITIALLY_SET`) costs no more than a clear one. Bits at and beyond `npages` are never set.
 */
export class DirtyBitmap {
  readonly npages: number
  #chunks: Uint32Array[]

  constructor(npages: number) {
    this.npages = npages
    this.#chunks = new Array<Uint32Array>(Math.ceil(npages / CHUNK_BITS)).fill(NONE)
  }

  /** Whether page `page` is dirty. */
  test(page: number): boolean {
    const words = this.#chunks[page >>> 16]!
    return ((words[(page >>> 5) & (CHUNK_WORDS - 1)]! >>> (page & 31)) & 1) !== 0
  }

  /** Marks page `page`. */
  set(page: number): void {
    if (this.test(page)) return
    this.#own(page >>> 16)[(page >>> 5) & (CHUNK_WORDS - 1)]! |= 1 << (page & 31)
  }

  /** Sets or clears `count` pages from `first`, all within the slot. */
  fill(first: number, count: number, on: boolean): void {
    this.#eachChunk(first, count, (chunk, low, high) => {
      const whole = on ? ALL : NONE
      if (high - low === CHUNK_BITS) this.#chunks[chunk] = whole
      else if (this.#chunks[chunk] !== whole) fillBits(this.#own(chunk), low, high, on)
    })
  }

  /** How many of the `count` pages from `first` are dirty. */
  count(first = 0, count = this.npages): number {
    let total = 0
    this.#eachChunk(first, count, (chunk, low, high) => {
      const words = this.#chunks[chunk]!
      if (words === NONE) return
      if (words === ALL) total += high - low
      else eachWord(words, low, high, (_, word) => (total += popcount(word)))
    })
    return total
  }

  /** The dirty ones of the `count` pages from `first`, as ascending maximal runs. */
  ranges(first = 0, count = this.npages): Ranges {
    const runs: Ranges = []
    this.#eachChunk(first, count, (chunk, low, high) => {
      const words = this.#chunks[chunk]!
      const base = chunk * CHUNK_BITS
      if (words === NONE) return
      if (words === ALL) appendRun(runs, base + low, high - low)
      else eachWord(words, low, high, (at, word) => appendWordRuns(runs, base + at, word))
    })
    return runs
  }

  /** All dirty pages, and clears them: the consuming step of a log. */
  harvest(): Ranges {
    const runs = this.ranges()
    this.clear()
    return runs
  }

  clear(): void {
    this.#chunks.fill(NONE)
  }

  /** ORs the `count` bits of `source` from `from` into the bits of this bitmap from `to`, at any alignment. */
  merge(source: DirtyBitmap, from: number, to: number, count: number): void {
    const shift = to - from
    source.#eachChunk(from, count, (chunk, low, high) => {
      const words = source.#chunks[chunk]!
      const target = chunk * CHUNK_BITS + low + shift
      if (words === NONE) return
      if (words === ALL) this.fill(target, high - low, true)
      else this.#mergeWords(words, low, target, high - low)
    })
  }

  /** Goes by words of the *target*, each put together from the one or two source words that it straddles. */
  #mergeWords(words: Uint32Array, from: number, to: number, count: number): void {
    let done = 0
    while (done < count) {
      const at = to + done
      const length = Math.min(32 - (at & 31), count - done)
      const bits = bitsFrom(words, from + done) & lowBits(length)
      const chunk = at >>> 16
      if (bits !== 0 && this.#chunks[chunk] !== ALL) {
        this.#own(chunk)[(at >>> 5) & (CHUNK_WORDS - 1)]! |= bits << (at & 31)
      }
      done += length
    }
  }

  /** The chunk's own words, made if it has shared ones; the last chunk is only as long as the slot needs. */
  #own(chunk: number): Uint32Array {
    const words = this.#chunks[chunk]!
    if (words !== NONE && words !== ALL) return words
    const length = Math.ceil(Math.min(CHUNK_BITS, this.npages - chunk * CHUNK_BITS) / 32)
    const own = words.slice(0, length)
    this.#chunks[chunk] = own
    return own
  }

  #eachChunk(first: number, count: number, visit: (chunk: number, low: number, high: number) => void): void {
    const end = first + count
    for (let chunk = first >>> 16; chunk * CHUNK_BITS < end; chunk++) {
      const base = chunk * CHUNK_BITS
      visit(chunk, Math.max(first - base, 0), Math.min(end - base, CHUNK_BITS))
    }
  }
}

/** Visits the words that hold bits `[low, high)`, other bits masked off, with the position of their bit 0. */
function eachWord(
  words: Uint32Array,
  low: number,
  high: number,
  visit: (at: number, word: number) => void,
): void {
  for (let index = low >>> 5; index * 32 < high; index++) {
    const at = index * 32
    let word = words[index]!
    if (word === 0) continue
    if (at < low) word &= ~lowBits(low - at)
    if (at + 32 > high) word &= lowBits(high - at)
    visit(at, word)
  }
}

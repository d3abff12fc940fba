import { addExits, type MmioExit } from '../base/mmio.js'
import { ZERO_PAGE } from '../memory/host-pages.js'
import { isWord, storeWord } from '../memory/host-words.js'
import { locate, NO_SLOT } from './locate.js'
import { type Mmu, OK, type RETRY, type Walked } from './mmu.js'
import type { ROOTLESS } from './processor-walk.js'
import { READ, WRITE } from './regime.js'
import { BLOCKED, FOUND, type Found, placeIn } from './section.js'
import { walk } from './walk.js'

/** Some of the bytes are MMIO: their frame has no slot, or for a write a read-only one. */
export const DEVICE = NO_SLOT
/** The host has no memory for a page that was to be written for the first time. */
export const NO_MEMORY = 5
export type Accessed = Walked | typeof DEVICE | typeof NO_MEMORY | typeof ROOTLESS

const PAGE_BYTES = 4096

/**
 * The pieces of an access, one for each page, and the linear address of the piece at hand: where it faulted, if it did.
 */
export class Pieces {
  readonly place = new Int32Array(2)
  readonly slot = new Int32Array(2)
  readonly page = new Float64Array(2)
  /** The frame of each, and whether it is MMIO. */
  readonly gfn = new Float64Array(2)
  readonly missing = new Uint8Array(2)
  high = 0
  low = 0

  /** Begins an access at a linear address. */
  begin(high: number, low: number): void {
    this.high = high
    this.low = low
    this.missing.fill(0)
  }

  /** Keeps where piece `i` of a read is, which was located, or that it is missing. */
  keep(i: number, mmu: Mmu, missing: boolean): void {
    this.gfn[i] = mmu.gfn
    this.missing[i] = missing ? 1 : 0
    this.place[i] = mmu.place + (this.low & 4095)
  }
}

/** How many of `size` bytes at a linear address lie on its page. */
export const onFirstPage = (low: number, size: number) => Math.min(size, PAGE_BYTES - (low & 4095))

/**
 * Reads `into.length` bytes, 1..16, on one page or two, each translated on its own; `wide` where addresses have 64
 * bits. A fault on either page comes before an MMIO exit.
 */
export function readLinear(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  into: Uint8Array,
): Accessed {
  const first = onFirstPage(low, into.length)
  at.begin(high, low)
  const pieces = first < into.length ? 2 : 1
  let device = false
  // This loop stands in each function that accesses. One function for all, given what finds a piece, made this read slower in
  // 18 of 22 rounds, by 4 and by 21 % in the medians of two runs (of 90 ns); the others were within noise.
  for (let i = 0; i < pieces; i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const located = locate(mmu, at.high, at.low, READ)
    if (located === NO_SLOT) device = true
    else if (located !== OK) return located
    at.keep(i, mmu, located === NO_SLOT)
  }
  load(mmu, at, into, first)
  return device ? DEVICE : OK
}

/** Loads the bytes of an access whose pieces were found, but of those that are missing; `first` of them lie on the first page. */
export function load(mmu: Mmu, at: Pieces, into: Uint8Array, first: number): void {
  const { bytes } = mmu.pages
  for (let i = 0; i < into.length; i++) {
    const second = i < first ? 0 : 1
    if (at.missing[second] === 0) into[i] = bytes[at.place[second]! + i - second * first]!
  }
}

/** Adds the exits of the pieces of an access that are missing, in order: `written` where it writes. */
export function addMissing(
  exits: MmioExit[],
  at: Pieces,
  low: number,
  size: number,
  written?: Uint8Array,
): void {
  const first = onFirstPage(low, size)
  if (at.missing[0] === 1) addExits(exits, at.gfn[0]!, low & 4095, first, written?.subarray(0, first))
  if (at.missing[1] === 1) addExits(exits, at.gfn[1]!, 0, size - first, written?.subarray(first))
}

/** Puts what the VMM answers, in order and then zeros, where bytes that were read are missing. */
export function takeAnswer(at: Pieces, low: number, into: Uint8Array, answer: Uint8Array): void {
  const first = onFirstPage(low, into.length)
  let next = 0
  for (let i = 0; i < into.length; i++) {
    if (at.missing[i < first ? 0 : 1] === 1) into[i] = answer[next++] ?? 0
  }
}

/**
 * Writes `data`, 1..16 bytes, as `readLinear` reads. No byte is stored before both pages are found and neither is
 * blocked; each page is marked after its bytes are stored. Bytes that lie in memory are written even if the others are
 * MMIO.
 */
export function writeLinear(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  data: Uint8Array,
): Accessed {
  const first = onFirstPage(low, data.length)
  at.begin(high, low)
  const pieces = first < data.length ? 2 : 1
  for (let i = 0; i < pieces; i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const found = findToWrite(mmu, at, i)
    if (found !== OK) return found
  }
  return store(mmu, at, data, first)
}

/** Stores the bytes of a write whose pieces were found, each but what is MMIO, and then marks its page. */
export function store(mmu: Mmu, at: Pieces, data: Uint8Array, first: number): typeof OK | typeof DEVICE {
  const pieces = first < data.length ? 2 : 1
  let device = false
  for (let i = 0; i < pieces; i++) {
    if (at.place[i] === ZERO_PAGE) {
      at.missing[i] = 1
      device = true
      continue
    }
    const piece = i === 0 ? data.subarray(0, first) : data.subarray(first)
    const to = at.place[i]!
    if (isWord(to, piece.length)) storeWord(mmu.pages, to, piece)
    else mmu.pages.bytes.set(piece, to)
    mmu.section.mark(at.slot[i]!, at.page[i]!)
  }
  return device ? DEVICE : OK
}

/** Finds the place of piece `i`; `ZERO_PAGE` if it is MMIO. */
function findToWrite(mmu: Mmu, at: Pieces, i: number): Accessed {
  const walked = walk(mmu, at.high, at.low, WRITE)
  if (walked !== OK) return walked
  at.place[i] = ZERO_PAGE
  at.gfn[i] = mmu.gfn
  const found = locateToWrite(mmu, mmu.gfn)
  if (found === DEVICE) return OK
  if (found !== OK) return found
  keepPiece(mmu, at, i)
  return OK
}

/** Keeps where piece `i` of a write is, which `locateToWrite` has found. */
export function keepPiece(mmu: Mmu, at: Pieces, i: number): void {
  const { gfn, slot } = mmu
  at.place[i] = mmu.place + (at.low & 4095)
  at.slot[i] = slot.number
  at.page[i] = gfn - slot.base
}

/** Finds the page of frame `gfn` in order to write it, in the held set: `mmu.place`, and its slot in `mmu.slot`. */
export function locateToWrite(
  mmu: Mmu,
  gfn: number,
): typeof OK | typeof RETRY | typeof DEVICE | typeof NO_MEMORY {
  return placeToWrite(mmu, gfn, mmu.lookUp(gfn, true))
}

/** The same once it is looked up. */
export function placeToWrite(
  mmu: Mmu,
  gfn: number,
  found: Found,
): typeof OK | typeof RETRY | typeof DEVICE | typeof NO_MEMORY {
  if (found === BLOCKED) return mmu.blocked(gfn)
  const { slot } = mmu
  if (found !== FOUND || slot.readonly) return DEVICE
  mmu.gfn = gfn
  if (mmu.denied(gfn, true)) return DEVICE
  let place = placeIn(slot, gfn, mmu.pages)
  if (place === ZERO_PAGE) {
    const hva = slot.hostUpper * 2 ** 32 + (slot.hostLow >>> 0)
    place = mmu.pages.claim(hva + gfn - slot.base)
    if (place < 0) return NO_MEMORY
  }
  mmu.place = place
  return OK
}

/** Goes on to the page after the one of an address. */
export function goOn(at: Pieces, wide: boolean, high: number, low: number, first: number): void {
  const sum = (low >>> 0) + first
  at.low = sum | 0
  at.high = wide && sum >= 2 ** 32 ? (high + 1) | 0 : high
}

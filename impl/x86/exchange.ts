import { ZERO_PAGE } from '../memory/host-pages.js'
import { exchangeWord, isWord } from '../memory/host-words.js'
import {
  type Accessed,
  DEVICE,
  goOn,
  keepPiece,
  load,
  onFirstPage,
  type Pieces,
  placeToWrite,
  store,
} from './data.js'
import { NO_SLOT } from './locate.js'
import { FAULT, type Mmu, OK, type Walked } from './mmu.js'
import { reachToWrite } from './processor-data.js'
import { READ, WRITE } from './regime.js'
import { BLOCKED, FOUND, placeIn } from './section.js'
import { walk } from './walk.js'

/** Emulation fails: the host does not let KVM write the page, and what is exchanged is compared at its host address. */
export const NOT_EXCHANGED = 11
export type Exchanged = Accessed | typeof NOT_EXCHANGED

/** The bit of a page fault's error code that says that the access writes. */
const ERROR_WRITE = 2

/** Whether KVM's emulator exchanges so many bytes at once, rather than to write them (fetch-path.md, Read-modify-write). */
export function isCompared(low: number, size: number): boolean {
  return size <= 8 && (size & (size - 1)) === 0 && onFirstPage(low, size) === size
}

/**
 * The emulator's load of what is exchanged, as `readLinear` reads, but that a fault is told as one of a write, and that it
 * waits for a page that is blocked for writes.
 */
export function loadToExchange(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  into: Uint8Array,
): Accessed {
  const first = onFirstPage(low, into.length)
  at.begin(high, low)
  let device = false
  for (let i = 0; i < (first < into.length ? 2 : 1); i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const located = locateToLoad(mmu, at.high, at.low)
    if (located === NO_SLOT) device = true
    else if (located !== OK) return located
    at.keep(i, mmu, located === NO_SLOT)
  }
  load(mmu, at, into, first)
  return device ? DEVICE : OK
}

function locateToLoad(mmu: Mmu, high: number, low: number): Walked | typeof NO_SLOT {
  const walked = walk(mmu, high, low, READ)
  if (walked === FAULT) mmu.error |= ERROR_WRITE
  if (walked !== OK) return walked
  const { gfn, slot } = mmu
  const found = mmu.lookUp(gfn, true)
  if (found === BLOCKED) return mmu.blocked(gfn)
  if (found !== FOUND || mmu.denied(gfn, false)) return NO_SLOT
  mmu.place = placeIn(slot, gfn, mmu.pages)
  return OK
}

/** The emulator's store of `data`, of which `old` was loaded: what stands there by then, where it is exchanged. */
export function storeExchanged(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  data: Uint8Array,
  old: Uint8Array,
): Exchanged {
  const first = onFirstPage(low, data.length)
  const compared = isCompared(low, data.length)
  at.begin(high, low)
  for (let i = 0; i < (first < data.length ? 2 : 1); i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const walked = walk(mmu, at.high, at.low, WRITE)
    if (walked !== OK) return walked
    const { gfn } = mmu
    at.place[i] = ZERO_PAGE
    at.gfn[i] = gfn
    const looked = mmu.lookUp(gfn, true)
    if (compared && looked === FOUND && !mmu.slot.readonly && mmu.denied(gfn, true)) return NOT_EXCHANGED
    const found = placeToWrite(mmu, gfn, looked)
    if (found === OK) keepPiece(mmu, at, i)
    else if (found !== DEVICE) return found
  }
  return compared ? exchange(mmu, at, data, old) : store(mmu, at, data, first)
}

/** Exchanges bytes on one page, indivisibly if they are a word, and marks it. */
function exchange(mmu: Mmu, at: Pieces, data: Uint8Array, old: Uint8Array): typeof OK | typeof DEVICE {
  const to = at.place[0]!
  if (to === ZERO_PAGE || !isWord(to, data.length)) {
    if (to !== ZERO_PAGE) old.set(mmu.pages.bytes.subarray(to, to + data.length))
    return store(mmu, at, data, data.length)
  }
  old.set(exchangeWord(mmu.pages, to, data))
  mmu.section.mark(at.slot[0]!, at.page[0]!)
  return OK
}

/** Exchanges as the processor does: it reaches every page to write it before it loads. */
export function exchangeByProcessor(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  data: Uint8Array,
  old: Uint8Array,
): Exchanged {
  const first = onFirstPage(low, data.length)
  const reached = reachToWrite(mmu, at, wide, high, low, data.length)
  if (reached !== OK) return reached
  if (first === data.length) return exchange(mmu, at, data, old)
  load(mmu, at, old, first)
  return store(mmu, at, data, first)
}

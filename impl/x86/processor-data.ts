import {
  type Accessed,
  goOn,
  keepPiece,
  load,
  locateToWrite,
  onFirstPage,
  type Pieces,
  store,
} from './data.js'
import { type Mmu, OK } from './mmu.js'
import { reachByProcessor } from './processor-walk.js'
import { READ, WRITE } from './regime.js'
import { placeIn } from './section.js'

/**
 * Reads `into.length` bytes as the processor itself does, in the held set: page after page, each translated and found
 * before the next. What it cannot reach is left to the emulator, which begins anew (fetch-path.md, Data by linear
 * address).
 */
export function readByProcessor(
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
  for (let i = 0; i < pieces; i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const reached = reachByProcessor(mmu, at.high, at.low, READ)
    if (reached !== OK) return reached
    at.place[i] = placeIn(mmu.slot, mmu.gfn, mmu.pages) + (at.low & 4095)
  }
  load(mmu, at, into, first)
  return OK
}

/** Writes `data` as `readByProcessor` reads; no byte is stored before both pages are reached. */
export function writeByProcessor(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  data: Uint8Array,
): Accessed {
  const reached = reachToWrite(mmu, at, wide, high, low, data.length)
  if (reached !== OK) return reached
  return store(mmu, at, data, onFirstPage(low, data.length))
}

/** Reaches every page that is to be written, before a byte of any is. */
export function reachToWrite(
  mmu: Mmu,
  at: Pieces,
  wide: boolean,
  high: number,
  low: number,
  length: number,
): Accessed {
  const first = onFirstPage(low, length)
  at.begin(high, low)
  const pieces = first < length ? 2 : 1
  for (let i = 0; i < pieces; i++) {
    if (i === 1) goOn(at, wide, high, low, first)
    const reached = reachByProcessor(mmu, at.high, at.low, WRITE)
    if (reached !== OK) return reached
    const found = locateToWrite(mmu, mmu.gfn)
    if (found !== OK) return found
    keepPiece(mmu, at, i)
  }
  return OK
}

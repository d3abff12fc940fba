import { ZERO_PAGE } from '../memory/host-pages.js'
import { FAST_WALK, walkFast } from './fast-walk.js'
import { walkFully } from './full-walk.js'
import { type Mmu, OK, type Walked } from './mmu.js'
import type { Use } from './regime.js'
import { FOUND, placeIn } from './section.js'

const WRITABLE = 1
const USER = 2
const { ARRIVED, MISSED, UNSURE } = FAST_WALK
// A constant of this module: compiled code loads and checks an imported one at each use.
const DONE = OK

/**
 * Translates a linear address to a frame, in the held set: `mmu.gfn`, or `mmu.error` where it is a page fault.
 *
 * @param high, low the linear address
 */
export function walk(mmu: Mmu, high: number, low: number, use: Use): Walked {
  const walked = mmu.fast === true ? walkFast(mmu, high, low, use) : UNSURE
  return walked === ARRIVED ? DONE : walkOtherwise(mmu, walked, high, low, use)
}

function walkOtherwise(mmu: Mmu, tried: number, high: number, low: number, use: Use): Walked {
  const { regime } = mmu
  if (regime.paging === 'none') {
    mmu.gfn = low >>> 12
    mmu.rights = WRITABLE | USER
    mmu.leafHigh = 0
    return OK
  }
  // At most one miss a level: two tables that share a row would evict each other for ever.
  let walked = tried
  for (let tries = 0; walked === MISSED && tries < regime.top && keepPlace(mmu, mmu.missed); tries++) {
    walked = walkFast(mmu, high, low, use)
    if (walked === ARRIVED) return OK
  }
  return walkFully(mmu, high, low, use)
}

/** Keeps the place of a table; false if it cannot be kept. */
function keepPlace(mmu: Mmu, gfn: number): boolean {
  if (mmu.section.lookUp(gfn, false, mmu.slot) !== FOUND) return false
  if (mmu.slot.id >= mmu.slotLimit) return false
  const place = placeIn(mmu.slot, gfn, mmu.pages)
  return place !== ZERO_PAGE && mmu.tables.keep(gfn, place)
}

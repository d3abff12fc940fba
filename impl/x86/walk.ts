import { FAST_WALK, walkFast } from './fast-walk.js'
import { walkFully } from './full-walk.js'
import { type Mmu, OK, type Walked } from './mmu.js'
import type { Use } from './regime.js'
import { FOUND } from './section.js'

const { ARRIVED, UNSURE } = FAST_WALK
const DONE = OK

/**
 * Translates a linear address to a frame, in the held set: `mmu.gfn`, or `mmu.error` where it is a page fault.
 *
 * @param high, low the linear address
 */
export function walk(mmu: Mmu, high: number, low: number, use: Use): Walked {
  if (mmu.fast === true && walkFast(mmu, high, low, use) === ARRIVED) return DONE
  return walkOtherwise(mmu, high, low, use)
}

function walkOtherwise(mmu: Mmu, high: number, low: number, use: Use): Walked {
  const { regime } = mmu
  if (regime.paging === 'none') {
    mmu.gfn = low >>> 12
    mmu.rights = WRITABLE | USER
    return OK
  }
  // At most one miss a level; two that want the same row would go on for ever.
  for (let tries = 0; mmu.fast && tries <= regime.top; tries++) {
    const walked = walkFast(mmu, high, low, use)
    if (walked === ARRIVED) return OK
    if (walked === UNSURE || !remember(mmu, mmu.missed)) break
  }
  return walkFully(mmu, high, low, use)
}

/** Puts the slot of a table into the window; false where it cannot be there. */
function remember(mmu: Mmu, gfn: number): boolean {
  if (mmu.section.lookUp(gfn, false, mmu.slot) !== FOUND) return false
  return mmu.slot.id < mmu.slotLimit && mmu.window.remember(gfn, mmu.slot, mmu.pages)
}

const WRITABLE = 1
const USER = 2

import { ZERO_PAGE } from '../memory/host-pages.js'
import { type Mmu, OK, type Walked } from './mmu.js'
import { FETCH, isKeyRefused, READ } from './regime.js'
import { BLOCKED, FOUND, placeIn } from './section.js'
import { walk } from './walk.js'

/**
 * The address has a frame, `mmu.gfn`, that is in no slot, or whose page the host may not read: the same to an emulator.
 */
export const NO_SLOT = 3
export type Located = Walked | typeof NO_SLOT

// A constant of this module: compiled code loads and checks an imported one at each use.
const DONE = OK

/**
 * Finds what a read or a fetch reads, in the held set: `mmu.place`, where its page begins in the buffer of host pages.
 * Slots of KVM's own count here, unlike in the walk (fetch-path.md, Look-ups by use).
 *
 * @param high, low the linear address
 */
export function locate(mmu: Mmu, high: number, low: number, use: typeof READ | typeof FETCH): Located {
  const cached = mmu.cache.find(high, low, use)
  if (cached < 0) return locateAnew(mmu, high, low, use)
  mmu.place = cached
  return DONE
}

function locateAnew(mmu: Mmu, high: number, low: number, use: typeof READ | typeof FETCH): Located {
  const walked = walk(mmu, high, low, use)
  if (walked !== OK) return walked
  const { gfn, slot } = mmu
  const found = mmu.lookUp(gfn, false)
  if (found === BLOCKED) return mmu.blocked(gfn)
  if (found !== FOUND || mmu.denied(gfn, false)) return NO_SLOT
  mmu.place = placeIn(slot, gfn, mmu.pages)
  if (mmu.place !== ZERO_PAGE) mmu.cache.keep(high, low, mmu.place, refusedUses(mmu))
  return OK
}

/** The uses that the page's rights or its protection key refuse: bits by the numbers of uses. */
function refusedUses({ regime, rights, leafHigh }: Mmu): number {
  const refuses = (use: number) => (regime.refused[use]! >>> rights) & 1
  const read = refuses(READ) | Number(isKeyRefused(regime, READ, rights, leafHigh))
  return (read << READ) | (refuses(FETCH) << FETCH)
}

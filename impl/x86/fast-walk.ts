import * as hostPages from '../memory/host-pages.js'
import type { Mmu } from './mmu.js'
import * as regimes from './regime.js'
import * as tablePlaces from './table-places.js'

// Constants of this module: compiled code loads and checks an imported one at each use.
const { SPREAD } = hostPages
const { EPOCHS, ROW_SHIFT } = tablePlaces
const { WRITE, isKeyRefused } = regimes

const PRESENT = 1
const ACCESSED = 1 << 5
const DIRTY = 1 << 6
const LARGE = 1 << 7

/** An entry and its two words. It is loaded as eight bytes at once, since other threads may replace it. */
const wholeQuad = new BigInt64Array(1)
const whole = new Int32Array(wholeQuad.buffer)

/**
 * How the fast walk ends: with a frame; at table `mmu.missed`, whose place is not in `mmu.tables`; or left to the full
 * walk.
 */
const ARRIVED = 0
const MISSED = 1
const UNSURE = 2
export const FAST_WALK = { ARRIVED, MISSED, UNSURE } as const

/**
 * The walk of four or five levels in the common case: the place of every table is known, every entry is present and
 * accessed, and the access is allowed. Then the frame is in `mmu.gfn`; otherwise nothing has changed and the full walk
 * decides. Faults, blocked frames and bits to be set are none of its business.
 *
 * The loop stores nothing, calls nothing and asks two arrays only: in compiled code each further array costs checks and
 * registers.
 *
 * @param high, low the linear address
 */
export function walkFast(mmu: Mmu, high: number, low: number, use: regimes.Use): number {
  const { pages, regime, shared, tables } = mmu
  const { words, quads } = pages
  const { rows, epoch } = tables
  const { stopHigh } = regime
  const vpn = (high << 20) | (low >>> 12)
  let gfn = regime.root
  let down = 9 * regime.top - 9
  let stop = regime.stopTop
  let all = -1
  let any = 0
  for (;;) {
    const row = (Math.imul(gfn, SPREAD) >>> ROW_SHIFT) << 1
    if (rows[row] !== gfn) break
    const page = rows[row | 1]! ^ epoch
    if ((page & EPOCHS) !== 0) break
    const index =
      down < 27 ? vpn >>> down : down === 27 ? (vpn >>> 27) | (((high >>> 12) & 15) << 5) : high >>> 16
    const word = page | ((index & 511) << 1)
    let entry = 0
    let upper = 0
    if (shared === true) {
      wholeQuad[0] = quads[word >> 1]!
      entry = whole[0]!
      upper = whole[1]!
    } else {
      entry = words[word]!
      upper = words[word | 1]!
    }
    if ((entry & PRESENT) === 0 || (upper & stopHigh) !== 0) return UNSURE
    all &= entry
    any |= upper
    gfn = ((upper & 0x7ff) << 20) | (entry >>> 12)
    if (down === 0) return arrive(mmu, gfn, all, any, entry, upper, use)
    if ((entry & stop) !== 0) {
      const level = down === 9 ? 2 : down === 18 ? 3 : 4
      if ((entry & regime.reserved[4 * level + 2]!) !== 0) return UNSURE
      const within = level === 2 ? 511 : 0x3_ffff
      return arrive(mmu, (gfn & ~within) | (vpn & within), all, any, entry, upper, use)
    }
    down = (down - 9) | 0
    if (down === 18) stop = LARGE
  }
  mmu.missed = gfn
  return MISSED
}

function arrive(
  mmu: Mmu,
  gfn: number,
  all: number,
  any: number,
  last: number,
  lastHigh: number,
  use: regimes.Use,
): number {
  const rights = ((all >>> 1) & 3) | ((any >>> 31) << 2)
  if (((mmu.regime.refused[use]! >>> rights) & 1) !== 0 || (all & ACCESSED) === 0) return UNSURE
  if (use === WRITE && (last & DIRTY) === 0) return UNSURE
  if (isKeyRefused(mmu.regime, use, rights, lastHigh)) return UNSURE
  mmu.gfn = gfn
  mmu.rights = rights
  mmu.leafHigh = lastHigh
  return ARRIVED
}

import * as hostPages from '../host-pages.js'
import type { Mmu } from './mmu.js'
import * as regimes from './regime.js'
import * as slotWindow from './slot-window.js'

// Constants of this module: those of another are loaded, and checked, at each use in compiled code.
const { ENTRY_WORDS, EXTENT_BITS, EXTENT_PAGES, NEXT, SPREAD, TABLE } = hostPages
const { PARTLY, WINDOW_REGIONS } = slotWindow
const { WRITE } = regimes
const IN_EXTENT = EXTENT_PAGES - 1
const TABLE_WORD = TABLE >> 2

const PRESENT = 1
const ACCESSED = 1 << 5
const DIRTY = 1 << 6
const LARGE = 1 << 7

/** An entry, loaded as the eight bytes of one moment since other threads may replace it, and its two words. */
const wholeQuad = new BigInt64Array(1)
const whole = new Int32Array(wholeQuad.buffer)

/** How the fast walk ends: the window has no slot for frame `mmu.missed`; or the full walk has to tell. */
const ARRIVED = 0
const MISSED = 1
const UNSURE = 2
export const FAST_WALK = { ARRIVED, MISSED, UNSURE } as const

/**
 * The walk of four or five levels that goes well: every table in a slot of the window, every entry present, its accessed
 * bits set, the access allowed. Then the frame is in `mmu.gfn`; else nothing was found out and nothing has changed. What
 * it therefore need not know of: faults, blocked frames, bits to be set.
 *
 * The loop stores nothing, calls nothing and asks two arrays only: in compiled code each further array costs checks and
 * registers. The table of host pages is read as the part of the buffer that it is.
 *
 * @param high, low the linear address
 */
export function walkFast(mmu: Mmu, high: number, low: number, use: regimes.Use): number {
  const { pages, regime, shared, window } = mmu
  const { words, quads } = pages
  const hostShift = pages.shift
  const { regions, shift } = window
  const { stopHigh } = regime
  const vpn = (high << 20) | (low >>> 12)
  let gfn = regime.root
  let level = regime.top
  let stop = regime.stopTop
  let all = -1
  let any = 0
  if (words[NEXT]! > words.length << 2) return UNSURE // the buffer has grown: these views are old
  for (;;) {
    let row = gfn >>> shift
    if (row >= WINDOW_REGIONS) break
    row <<= 2
    const hostLow = (regions[row]! + gfn) | 0
    let key = regions[row | 1]!
    if ((key & PARTLY) !== 0) {
      if (((gfn - regions[row | 2]!) | 0) >>> 0 >= regions[row | 3]! >>> 0) break
      key &= ~PARTLY
    }
    key |= hostLow >>> EXTENT_BITS
    let at = TABLE_WORD + ((Math.imul(key, SPREAD) >>> hostShift) << 1)
    while (words[at] !== key) {
      if (words[at] === 0) return UNSURE
      at = at + ENTRY_WORDS
      if (at === TABLE_WORD + (ENTRY_WORDS << (32 - hostShift))) at = TABLE_WORD
    }
    const index =
      level < 4
        ? (vpn >>> (level * 9 - 9)) & 511
        : level === 4
          ? (vpn >>> 27) | (((high >>> 12) & 15) << 5)
          : (high >>> 16) & 511
    const word = ((words[at | 1]! + ((hostLow & IN_EXTENT) << 12)) >> 2) + (index << 1)
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
    if (level === 1) return arrive(mmu, gfn, all, any, entry, use)
    if ((entry & stop) !== 0) {
      if ((entry & regime.reserved[4 * level + 2]!) !== 0) return UNSURE
      const within = level === 2 ? 511 : 0x3_ffff
      return arrive(mmu, (gfn & ~within) | (vpn & within), all, any, entry, use)
    }
    level--
    if (level === 3) stop = LARGE
  }
  mmu.missed = gfn
  return MISSED
}

function arrive(mmu: Mmu, gfn: number, all: number, any: number, last: number, use: regimes.Use): number {
  const rights = ((all >>> 1) & 3) | ((any >>> 31) << 2)
  if (((mmu.regime.refused[use]! >>> rights) & 1) !== 0 || (all & ACCESSED) === 0) return UNSURE
  if (use === WRITE && (last & DIRTY) === 0) return UNSURE
  mmu.gfn = gfn
  mmu.rights = rights
  return ARRIVED
}

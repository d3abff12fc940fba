import { EMULATE, FAULT, HOST_FAULT, type Mmu, OK, RETRY, type Walked } from './mmu.js'
import { reloadPdptes } from './pdptes.js'
import { isKeyRefused, PF_KEY, PF_PRESENT, PF_RESERVED, type Regime, type Use, WRITE } from './regime.js'
import { BLOCKED, FOUND, placeIn } from './section.js'

const PRESENT = 1
const ACCESSED = 1 << 5
const DIRTY = 1 << 6
const LARGE = 1 << 7
const LEVELS = 6
/** The level of PAE's PDPTEs. */
const PDPTE = 3

/** An entry changed before its bits could be set: the walk begins again. */
const AGAIN = 3

/** What a walk has read, and where, by level. A thread ends a walk before it begins another, so these are shared. */
const table = new Float64Array(LEVELS)
const place = new Int32Array(LEVELS)
const lows = new Int32Array(LEVELS)
const highs = new Int32Array(LEVELS)

/**
 * The whole walk, step by step and in KVM's order (fetch-path.md, The walk): each level's slot, then presence, then
 * reserved bits; rights only when all entries are read; accessed and dirty bits only when the access is allowed.
 *
 * @param high, low the linear address
 */
export function walkFully(mmu: Mmu, high: number, low: number, use: Use): Walked {
  for (;;) {
    const walked = walkOnce(mmu, high, low, use)
    if (walked !== AGAIN) return walked
  }
}

function walkOnce(mmu: Mmu, high: number, low: number, use: Use): Walked | typeof AGAIN {
  const { regime } = mmu
  let gfn = regime.root
  if (regime.paging === 'pae') {
    const top = mmu.belowSecondStage && mmu.pdptesAt >= 0 ? readPdpte(mmu, gfn, low) : keptPdpte(mmu, low)
    if (top !== OK) return top === FAULT ? fault(mmu, use, 0) : top
    if ((lows[PDPTE]! & PRESENT) === 0) return fault(mmu, use, 0)
    if (((lows[PDPTE]! & mmu.pdpteReserved[0]!) | (highs[PDPTE]! & mmu.pdpteReserved[1]!)) !== 0) {
      return fault(mmu, use, PF_PRESENT | PF_RESERVED)
    }
    gfn = frameOf(lows[PDPTE]!, highs[PDPTE]!)
  }
  let rights = -1
  let noExecute = 0
  let level = regime.top
  for (;;) {
    const read = readEntry(mmu, gfn, level, high, low)
    if (read !== OK) return read === FAULT ? fault(mmu, use, 0) : read
    const entry = lows[level]!
    if ((entry & PRESENT) === 0) return fault(mmu, use, 0)
    const mask = 4 * level + ((entry & LARGE) === 0 ? 0 : 2)
    if ((entry & regime.reserved[mask]!) !== 0 || (highs[level]! & regime.reserved[mask + 1]!) !== 0) {
      return fault(mmu, use, PF_PRESENT | PF_RESERVED)
    }
    rights &= entry
    noExecute |= highs[level]!
    if (level === 1 || (regime.large && (entry & LARGE) !== 0)) break
    gfn = frameOf(entry, highs[level]!)
    level--
  }
  const right = ((rights >>> 1) & 3) | ((noExecute >>> 31) << 2)
  const byKey = isKeyRefused(regime, use, right, highs[level]!)
  if (byKey || ((regime.refused[use]! >>> right) & 1) !== 0) {
    return fault(mmu, use, PF_PRESENT | (byKey ? PF_KEY : 0))
  }
  mmu.gfn = finalFrame(regime, level, low)
  mmu.rights = right
  mmu.leafHigh = highs[level]!
  const wanted = use === WRITE ? DIRTY : 0
  if ((rights & ACCESSED) !== 0 && (lows[level]! & wanted) === wanted) return OK
  return setBits(mmu, level, wanted, use)
}

function fault(mmu: Mmu, use: Use, bits: number): typeof FAULT {
  mmu.error = mmu.regime.errors[use]! | bits
  return FAULT
}

function frameOf(low: number, high: number): number {
  return (high & 0xf_ffff) * 2 ** 20 + (low >>> 12)
}

/** The PDPTE of an address as KVM keeps it. Its reserved bits were checked when it was loaded. */
function keptPdpte(mmu: Mmu, low: number): Walked {
  if (mmu.pdptesAt >= 0 && !mmu.pdptesReloaded && reloadPdptes(mmu) !== OK) return RETRY
  const at = (low >>> 30) << 1
  lows[PDPTE] = mmu.pdptes[at]!
  highs[PDPTE] = mmu.pdptes[at + 1]!
  return OK
}

/**
 * The processor reads the one PDPTE that it needs from memory, with nested paging on AMD, which has no PDPTE registers.
 */
function readPdpte(mmu: Mmu, gfn: number, low: number): Walked {
  const reached = reach(mmu, gfn)
  if (reached !== OK) return reached
  loadWide(
    mmu.pages.quads,
    ((placeIn(mmu.slot, gfn, mmu.pages) + mmu.pdptesAt) >> 2) + ((low >>> 30) << 1),
    PDPTE,
  )
  return OK
}

/**
 * Finds the slot of a table, into `mmu.slot`. KVM's walker sees user slots only. A second stage maps every slot, and
 * there each access to a table counts as a write, since bits may have to be set (fetch-path.md, Accessed bits): a hole
 * or a read-only slot is left to the emulator.
 */
function reach(mmu: Mmu, gfn: number): Walked {
  const below = mmu.belowSecondStage
  const found = mmu.lookUp(gfn, below)
  if (found === BLOCKED) return mmu.blocked(gfn)
  if (below) {
    if (found !== FOUND || mmu.slot.readonly) return EMULATE
    return mmu.denied(gfn, true) ? HOST_FAULT : OK
  }
  return found !== FOUND || mmu.slot.id >= mmu.slotLimit || mmu.denied(gfn, false) ? FAULT : OK
}

/** Reads the entry of an address at a level; FAULT where its table cannot be reached. */
function readEntry(mmu: Mmu, gfn: number, level: number, high: number, low: number): Walked {
  const reached = reach(mmu, gfn)
  if (reached !== OK) return reached
  const { pages, slot } = mmu
  const page = placeIn(slot, gfn, pages)
  const { words } = pages
  table[level] = gfn
  if (mmu.regime.paging === '32-bit') {
    const at = page + (level === 2 ? low >>> 22 : (low >>> 12) & 1023) * 4
    place[level] = at
    lows[level] = Atomics.load(words, at >> 2)
    highs[level] = 0
    return OK
  }
  const at = page + indexAt(level, high, low) * 8
  place[level] = at
  loadWide(pages.quads, at >> 2, level)
  return OK
}

/** An entry and its two words. It is loaded as eight bytes at once, since other threads may replace it. */
const wholeQuad = new BigInt64Array(1)
const whole = new Int32Array(wholeQuad.buffer)

/** Loads the entry at word `at` of the buffer. */
function loadWide(quads: BigInt64Array, at: number, level: number): void {
  wholeQuad[0] = quads[at >> 1]!
  lows[level] = whole[0]!
  highs[level] = whole[1]!
}

function indexAt(level: number, high: number, low: number): number {
  const shift = 3 + 9 * level
  if (shift >= 32) return (high >>> (shift - 32)) & 511
  return shift === 30 ? ((high << 2) | (low >>> 30)) & 511 : (low >>> shift) & 511
}

/** The frame of the address: the last entry's, with bits of the address if the page is large. */
function finalFrame(regime: Regime, level: number, low: number): number {
  const entry = lows[level]!
  if (level === 1) return frameOf(entry, highs[1]!)
  if (regime.paging === '32-bit') {
    // PSE-36: bits 13 and on of the entry are bits 32 and on of the address; reserved ones are clear by now.
    return (entry >>> 22) * 1024 + ((entry >>> 13) & 0xff) * 2 ** 20 + ((low >>> 12) & 1023)
  }
  if (level === 2) return Math.floor(frameOf(entry, highs[2]!) / 512) * 512 + ((low >>> 12) & 511)
  return Math.floor(frameOf(entry, highs[3]!) / 2 ** 18) * 2 ** 18 + ((low >>> 12) & 0x3_ffff)
}

/**
 * Sets the accessed bits, and the dirty bit of the last entry for a write, each entry by compare-exchange with what the
 * walk read. A table in a read-only slot keeps its bits, and the access goes on (KVM:
 * `FNAME(update_accessed_dirty_bits)`).
 */
function setBits(mmu: Mmu, last: number, dirty: number, use: Use): Walked | typeof AGAIN {
  const narrow = mmu.regime.paging === '32-bit'
  for (let level = mmu.regime.top; level >= last; level--) {
    const low = lows[level]!
    const next = low | ACCESSED | (level === last ? dirty : 0)
    if (next === low) continue
    const gfn = table[level]!
    const found = mmu.lookUp(gfn, true)
    if (found === BLOCKED) return mmu.blocked(gfn)
    if (found !== FOUND) return AGAIN
    const { slot, pages } = mmu
    if (slot.readonly) continue
    if (mmu.denied(gfn, true)) return fault(mmu, use, 0)
    const changed = narrow
      ? Atomics.compareExchange(pages.words, place[level]! >> 2, low, next) === low
      : pages.exchangeEntry(place[level]!, low, highs[level]!, next)
    if (!changed) return AGAIN
    mmu.section.mark(slot.number, gfn - slot.base)
  }
  return OK
}

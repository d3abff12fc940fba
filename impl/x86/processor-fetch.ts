import { walkFully } from './full-walk.js'
import { type CodeWindow, GENERAL_PROTECTION, type Prefetched, placeChunk } from './instruction.js'
import { EMULATE, HOST_FAULT, type Mmu, OK, type Walked } from './mmu.js'
import { FETCH } from './regime.js'
import { BLOCKED, FOUND, placeIn } from './section.js'

/** The root of the guest's tables is in no slot that the walk sees: nothing can be fetched. */
export const ROOTLESS = 10
export type ProcessorFetched = Walked | typeof GENERAL_PROTECTION | typeof ROOTLESS

const PAGE_BYTES = 4096

/**
 * Fetches an instruction in the held set as the processor itself does: no more than the `length` bytes it needs, from
 * one page or two, each translated on its own. Below a second stage (`mmu.belowSecondStage`) it walks the guest's
 * tables itself; without, KVM walks them for it. What it cannot fetch is left to the emulator (fetch-path.md, Look-ups
 * by use).
 *
 * @param high, low the offset in the code segment
 */
export function fetchByProcessor(
  mmu: Mmu,
  code: CodeWindow,
  found: Prefetched,
  high: number,
  low: number,
  length: number,
): ProcessorFetched {
  found.count = 0
  while (found.count < length) {
    const room = placeChunk(code, found, high, low)
    if (room === 0) return GENERAL_PROTECTION
    const located = locateByProcessor(mmu, found.high, found.low)
    if (located !== OK) return located
    const count = Math.min(length - found.count, room, PAGE_BYTES - (found.low & 4095))
    const from = mmu.place + (found.low & 4095)
    found.bytes.set(mmu.pages.bytes.subarray(from, from + count), found.count)
    found.count += count
  }
  return OK
}

/**
 * Whether the root table is in a slot; with shadow paging, in a user slot. PAE needs none: its root is in registers.
 */
function findRoot(mmu: Mmu): typeof OK | typeof ROOTLESS | ReturnType<Mmu['blocked']> {
  const { paging, root } = mmu.regime
  if (paging === 'none' || paging === 'pae') return OK
  const looked = mmu.lookUp(root, false)
  if (looked === BLOCKED) return mmu.blocked(root)
  if (looked !== FOUND) return ROOTLESS
  return !mmu.belowSecondStage && mmu.slot.id >= mmu.slotLimit ? ROOTLESS : OK
}

/** Where an address lies, of any slot: `mmu.place`. */
function locateByProcessor(mmu: Mmu, high: number, low: number): ProcessorFetched {
  if (mmu.regime.paging === 'none') mmu.gfn = low >>> 12
  else {
    const rooted = findRoot(mmu)
    if (rooted !== OK) return rooted
    const walked = walkFully(mmu, high, low, FETCH)
    if (walked !== OK) return walked
  }
  const { gfn } = mmu
  const looked = mmu.lookUp(gfn, false)
  if (looked === BLOCKED) return mmu.blocked(gfn)
  if (looked !== FOUND) return EMULATE
  if (mmu.denied(gfn, false)) return HOST_FAULT
  mmu.place = placeIn(mmu.slot, gfn, mmu.pages)
  return OK
}

import { walkFully } from './full-walk.js'
import { EMULATE, HOST_FAULT, type Mmu, OK, type Walked } from './mmu.js'
import { type Use, WRITE } from './regime.js'
import { BLOCKED, FOUND } from './section.js'

/** The root of the guest's tables is in no slot that the walk sees: nothing can be translated. */
export const ROOTLESS = 10
export type ProcessorWalked = Walked | typeof ROOTLESS

const WRITABLE = 1
const USER = 2

/**
 * Translates a linear address as the processor does, in the held set: `mmu.gfn`. Below a second stage
 * (`mmu.belowSecondStage`) it walks the guest's tables itself; without, KVM walks them for it.
 *
 * @param high, low the linear address
 */
export function walkByProcessor(mmu: Mmu, high: number, low: number, use: Use): ProcessorWalked {
  if (mmu.regime.paging === 'none') {
    mmu.gfn = low >>> 12
    mmu.rights = WRITABLE | USER
    mmu.leafHigh = 0
    return OK
  }
  const rooted = findRoot(mmu)
  return rooted === OK ? walkFully(mmu, high, low, use) : rooted
}

/**
 * Whether the root table is in a slot; with shadow paging, in a user slot. PAE needs none: its root is in registers.
 */
export function findRoot(mmu: Mmu): typeof OK | typeof ROOTLESS | ReturnType<Mmu['blocked']> {
  const { paging, root } = mmu.regime
  if (paging === 'pae') return OK
  const looked = mmu.lookUp(root, false)
  if (looked === BLOCKED) return mmu.blocked(root)
  if (looked !== FOUND) return ROOTLESS
  return !mmu.belowSecondStage && mmu.slot.id >= mmu.slotLimit ? ROOTLESS : OK
}

/**
 * Finds what the processor reads, fetches or writes at a linear address: its slot in `mmu.slot`, the frame in `mmu.gfn`.
 * Slots of KVM's own count here. It leaves to the emulator what has no slot, and a write to a read-only one; where the
 * host has no right to the page, KVM_RUN fails (fetch-path.md, Look-ups by use).
 *
 * @param high, low the linear address
 */
export function reachByProcessor(mmu: Mmu, high: number, low: number, use: Use): ProcessorWalked {
  const walked = walkByProcessor(mmu, high, low, use)
  if (walked !== OK) return walked
  const { gfn, slot } = mmu
  const writes = use === WRITE
  const looked = mmu.lookUp(gfn, writes)
  if (looked === BLOCKED) return mmu.blocked(gfn)
  if (looked !== FOUND || (writes && slot.readonly)) return EMULATE
  return mmu.denied(gfn, writes) ? HOST_FAULT : OK
}

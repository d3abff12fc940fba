import { type Mmu, OK, type RETRY } from './mmu.js'
import { frameOfPdptes } from './regime.js'
import type { Processor, Registers } from './registers.js'
import { reservedInPdpte } from './reserved.js'
import { BLOCKED, FOUND, placeIn } from './section.js'

/** The PDPTEs cannot be loaded: no memory at CR3, or a present one has a reserved bit. #GP, and nothing has changed. */
export const REFUSED = 6

/**
 * Loads the four PDPTEs of PAE from memory at CR3, in the held set (`load_pdptrs`, fetch-path.md, PAE's top entries).
 */
export function loadPdptes(
  mmu: Mmu,
  processor: Processor,
  { cr3 }: Pick<Registers, 'cr3'>,
): typeof OK | typeof RETRY | typeof REFUSED {
  const gfn = frameOfPdptes(processor, cr3)
  const found = mmu.lookUp(gfn, false)
  if (found === BLOCKED) return mmu.blocked(gfn)
  if (found !== FOUND || mmu.denied(gfn, false)) return REFUSED
  const from = (placeIn(mmu.slot, gfn, mmu.pages) + Number(cr3 & 0xfe0n)) >> 2
  const entries = mmu.pages.words.slice(from, from + 8)
  if (!arePossible(processor, entries)) return REFUSED
  mmu.pdptes.set(entries)
  return OK
}

const anew = new Int32Array(8)

/**
 * Reloads the PDPTEs with nested paging on AMD, which has no registers for them (`svm_cache_reg`): all four, once in a
 * section, from the slot at CR3. If they cannot be loaded those of before stay, and that is not reported.
 */
export function reloadPdptes(mmu: Mmu): typeof OK | typeof RETRY {
  const { root } = mmu.regime
  const found = mmu.lookUp(root, false)
  if (found === BLOCKED) return mmu.blocked(root)
  if (found !== FOUND || mmu.denied(root, false)) return OK
  const from = (placeIn(mmu.slot, root, mmu.pages) + mmu.pdptesAt) >> 2
  for (let i = 0; i < 8; i++) anew[i] = mmu.pages.words[from + i]!
  if (!areSound(anew, mmu.pdpteReserved[0]!, mmu.pdpteReserved[1]!)) return OK
  mmu.pdptes.set(anew)
  mmu.pdptesReloaded = true
  return OK
}

/** Whether no present entry has a reserved bit. @param entries two words each */
export function arePossible(processor: Processor, entries: Int32Array): boolean {
  const reserved = reservedInPdpte(processor)
  return areSound(entries, Number(BigInt.asIntN(32, reserved)), Number(BigInt.asIntN(32, reserved >> 32n)))
}

function areSound(entries: Int32Array, low: number, high: number): boolean {
  for (let i = 0; i < 8; i += 2) {
    const present = (entries[i]! & 1) !== 0
    if (present && ((entries[i]! & low) | (entries[i + 1]! & high)) !== 0) return false
  }
  return true
}

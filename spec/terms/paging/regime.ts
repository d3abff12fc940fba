import type { Parameters } from '../parameters.js'
import * as b from './bits.js'
import type { Loaded } from './loaded.js'
import type { Mode, Paging } from './mode.js'
import type { RegisterImage } from './registers.js'
import { type ReservedBits, reservedBits } from './reserved.js'

/** What a vCPU's registers mean for the translation of an address, worked out once. */
export interface Regime {
  readonly mode: Mode
  readonly paging: Paging
  /** The level of the root table; PAE's top entries are level 3. */
  readonly top: number
  readonly root: number
  /** Bits of a linear address. */
  readonly width: 32 | 48 | 57
  readonly user: boolean
  readonly nxe: boolean
  readonly smep: boolean
  readonly smap: boolean
  readonly wp: boolean
  /** PKRU where protection keys are in use, in long mode with CR4.PKE; else null. */
  readonly pkru: bigint | null
  /** Whether bit 7 of a directory entry makes a page: everywhere but in 32-bit paging without CR4.PSE. */
  readonly largePages: boolean
  /** PAE's top entries are read from memory at each walk, as any table. */
  readonly pdptesInMemory: boolean
  readonly reserved: ReservedBits
  /** Whether the error code of a fetch's page fault has the bit for a fetch. */
  readonly tellsFetch: boolean
}

type Walker = Parameters['walker']

const has = (register: bigint, bit: bigint): boolean => (register & bit) !== 0n

export const pagingOf = ({ cr0, cr4, efer }: RegisterImage): Paging => {
  if (!has(cr0, b.CR0_PG)) return 'none'
  if (has(efer, b.EFER_LMA)) return has(cr4, b.CR4_LA57) ? '5-level' : '4-level'
  return has(cr4, b.CR4_PAE) ? 'pae' : '32-bit'
}

export const modeOf = ({ cr0, efer, rflags, cs }: RegisterImage): Mode => {
  if (!has(cr0, b.CR0_PE)) return 'real'
  if (has(rflags, b.RFLAGS_VM)) return 'virtual-8086'
  if (has(efer, b.EFER_LMA)) return cs.l ? '64-bit' : 'compatibility'
  return cs.d ? '32-bit' : '16-bit'
}

const LEVELS: Readonly<Record<Paging, number>> = { none: 0, '32-bit': 2, pae: 3, '4-level': 4, '5-level': 5 }

/** The frame of PAE's top entries: bits 31:12 of CR3 by the manual, but KVM's `load_pdptrs` shifts the whole register. */
export const frameOfTops = (cr3: bigint, walker: Walker): number =>
  Number((walker === 'kvm' ? cr3 : cr3 & b.bits(12, 31)) >> 12n)

/** The frame of the first table, from the bits of CR3 that the mode uses. */
const rootOf = (cr3: bigint, paging: Paging, walker: Walker): number => {
  switch (paging) {
    case 'none':
      return 0
    case '32-bit':
      return Number((cr3 & b.bits(12, 31)) >> 12n)
    case 'pae':
      return frameOfTops(cr3, walker)
    case '4-level':
    case '5-level':
      return Number((cr3 & b.bits(12, 51)) >> 12n)
  }
}

const work = (loaded: Loaded, { secondStage }: Parameters, walker: Walker): Regime => {
  const { cr3, cr4, efer, cr0, cpl, cpu, rflags } = loaded
  const paging = pagingOf(loaded)
  const mode = modeOf(loaded)
  const nxe = has(efer, b.EFER_NXE)
  const smep = has(cr4, b.CR4_SMEP)
  const pae = has(cr4, b.CR4_PAE)
  return {
    mode,
    paging,
    top: LEVELS[paging],
    root: rootOf(cr3, paging, walker),
    width: mode !== '64-bit' ? 32 : has(cr4, b.CR4_LA57) ? 57 : 48,
    user: cpl === 3,
    nxe,
    smep,
    smap: has(cr4, b.CR4_SMAP) && !has(rflags, b.RFLAGS_AC),
    wp: has(cr0, b.CR0_WP),
    pkru: has(cr4, b.CR4_PKE) && has(efer, b.EFER_LMA) ? loaded.pkru : null,
    largePages: paging !== '32-bit' || has(cr4, b.CR4_PSE),
    pdptesInMemory: paging === 'pae' && cpu.amd && secondStage === 'tdp',
    reserved: reservedBits(paging, cpu, { nxe, pse: has(cr4, b.CR4_PSE), walker }),
    // The manual asks for PAE beside NXE; KVM's walker does not (x86-fetch 3.4).
    tellsFetch: smep || (nxe && (walker === 'kvm' || pae)),
  }
}

interface Known {
  readonly params: Parameters
  readonly walker: Walker
  readonly regime: Regime
}
const known = new WeakMap<Loaded, Known>()

/**
 * What a vCPU's registers mean; remembered, since registers are loaded once and used often. `walker`: whether KVM walks,
 * as the profile has it, or a processor, which keeps to the manual.
 */
export const regimeOf = (loaded: Loaded, params: Parameters, walker: Walker = params.walker): Regime => {
  const before = known.get(loaded)
  if (before?.params === params && before.walker === walker) return before.regime
  const regime = work(loaded, params, walker)
  known.set(loaded, { params, walker, regime })
  return regime
}

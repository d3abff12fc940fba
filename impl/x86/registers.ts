import {
  requireBoolean,
  requireEach,
  requireInteger,
  requireObject,
  requireU32,
  requireU64,
} from '../base/domain.js'

/** Control register bits (Intel SDM vol. 3, 2.5). */
export const CR0_PE = 1
export const CR0_EM = 1 << 2
export const CR0_TS = 1 << 3
export const CR0_WP = 1 << 16
export const CR0_NW = 1 << 29
export const CR0_CD = 1 << 30
export const CR0_PG = 0x8000_0000
export const CR4_PSE = 1 << 4
export const CR4_PAE = 1 << 5
export const CR4_LA57 = 1 << 12
export const CR4_SMEP = 1 << 20
export const CR4_SMAP = 1 << 21
export const CR4_PKE = 1 << 22
export const EFER_LME = 1 << 8
export const EFER_LMA = 1 << 10
export const EFER_NXE = 1 << 11
/** The bit that is always set. */
export const RFLAGS_FIXED = 2
export const RFLAGS_VM = 1 << 17
export const RFLAGS_AC = 1 << 18

/** The features of the guest's processor (CPUID) that translation depends on. */
export interface Processor {
  /** MAXPHYADDR, 32..52 bits of physical address. */
  readonly maxPhyAddr: number
  /** Whether it has 1 GiB pages. */
  readonly gigabytePages: boolean
  /** AMD or Hygon: bit 8 of a PML4 entry is reserved, and with nested paging PDPTEs are read from memory. */
  readonly amd: boolean
  /** Whether to follow the manual where KVM's walker differs (fetch-path.md, Reserved bits, The walk). */
  readonly byTheBook: boolean
}

export const DEFAULT_PROCESSOR: Processor = {
  maxPhyAddr: 46,
  gigabytePages: true,
  amd: false,
  byTheBook: false,
}

/** The parts of the code segment that decide where an instruction is fetched. */
export interface CodeSegment {
  /** 64 bits; only the low 32 count outside 64-bit mode. */
  readonly base: bigint
  /** The last byte of the segment, granularity applied: 0..2^32 − 1. */
  readonly limit: number
  /** CS.L: 64-bit code, where EFER.LMA is set. */
  readonly long: boolean
  /** CS.D: 32-bit code. An SMI saves it; it does not change where instructions are fetched. */
  readonly big?: boolean
}

/** The registers that a translation depends on. */
export interface Registers {
  readonly cr0: number
  readonly cr3: bigint
  readonly cr4: number
  readonly efer: number
  readonly rflags: number
  /** Current privilege level, 0..3. */
  readonly cpl: number
  readonly cs: CodeSegment
  /** Protection keys' rights: of key i, bit 2i denies access and bit 2i + 1 writing. 0 if absent. An SMI leaves it alone. */
  readonly pkru?: number | undefined
  /** PAE's four PDPTE registers; if absent they are loaded from memory at CR3. */
  readonly pdptes?: readonly [bigint, bigint, bigint, bigint] | undefined
}

/** The paging mode (Intel SDM vol. 3, 4.1.1). */
export type Paging = 'none' | '32-bit' | 'pae' | '4-level' | '5-level'

/** The registers after a reset; the first instruction is at offset 0xfff0 (Intel SDM vol. 3, table 10-1). */
export const RESET: Registers = {
  cr0: 0x6000_0010,
  cr3: 0n,
  cr4: 0,
  efer: 0,
  rflags: 2,
  cpl: 0,
  cs: { base: 0xffff_0000n, limit: 0xffff, long: false },
}

/** A combination of register values that no processor can have; the message names the rule. Nothing was loaded. */
export class ImpossibleRegisters extends RangeError {
  override readonly name = 'ImpossibleRegisters'
}

/** Requires that a processor could be in this state. @throws ImpossibleRegisters, TypeError, RangeError */
export function requirePossible(processor: Processor, r: Registers): void {
  requireObject('processor', processor)
  requireInteger('maxPhyAddr', processor.maxPhyAddr, 32, 52)
  for (const name of ['gigabytePages', 'amd', 'byTheBook'] as const) requireBoolean(name, processor[name])
  requireObject('registers', r)
  requireObject('cs', r.cs)
  requireBoolean('cs.long', r.cs.long)
  if (r.cs.big !== undefined) requireBoolean('cs.big', r.cs.big)
  if (r.pdptes !== undefined) {
    requireEach('pdptes', r.pdptes, pdpte => requireU64('', pdpte))
    requireInteger('pdptes.length', r.pdptes.length, 4, 4)
  }
  requireU32('cr0', r.cr0)
  requireU64('cr3', r.cr3)
  requireU32('cr4', r.cr4)
  requireU32('efer', r.efer)
  requireU32('rflags', r.rflags)
  requireU32('pkru', r.pkru ?? 0)
  requireInteger('cpl', r.cpl, 0, 3)
  requireU64('cs.base', r.cs.base)
  requireU32('cs.limit', r.cs.limit)
  const paging = (r.cr0 & CR0_PG) !== 0
  if ((r.cr0 & CR0_NW) !== 0 && (r.cr0 & CR0_CD) === 0) throw new ImpossibleRegisters('CR0.NW needs CR0.CD')
  if (paging && (r.cr0 & CR0_PE) === 0) throw new ImpossibleRegisters('CR0.PG needs CR0.PE')
  const long = (r.efer & EFER_LMA) !== 0
  if (long && !(paging && (r.efer & EFER_LME) !== 0)) {
    throw new ImpossibleRegisters('EFER.LMA is set exactly where CR0.PG and EFER.LME are')
  }
  if (long && (r.cr4 & CR4_PAE) === 0) throw new ImpossibleRegisters('EFER.LMA needs CR4.PAE')
  if (!long && paging && (r.efer & EFER_LME) !== 0)
    throw new ImpossibleRegisters('paging with EFER.LME sets EFER.LMA')
  if (long && (r.rflags & RFLAGS_VM) !== 0) throw new ImpossibleRegisters('RFLAGS.VM is clear in long mode')
  if ((r.rflags & RFLAGS_VM) !== 0 && ((r.cr0 & CR0_PE) === 0 || r.cpl !== 3)) {
    throw new ImpossibleRegisters('RFLAGS.VM needs CR0.PE and CPL 3')
  }
  const beyond = r.cr3 & ~((1n << BigInt(processor.maxPhyAddr)) - 1n)
  if (long && beyond !== 0n)
    throw new ImpossibleRegisters(`CR3 has bits at or above MAXPHYADDR: 0x${r.cr3.toString(16)}`)
}

/** Whether KVM keeps its tables when the one state is loaded after the other. */
export function haveSamePaging(a: Registers, b: Registers): boolean {
  return a.cr0 === b.cr0 && a.cr3 === b.cr3 && a.cr4 === b.cr4 && a.efer === b.efer
}

/** The paging mode that the registers select. */
export function pagingOf(r: Registers): Paging {
  if ((r.cr0 & CR0_PG) === 0) return 'none'
  if ((r.efer & EFER_LMA) !== 0) return (r.cr4 & CR4_LA57) === 0 ? '4-level' : '5-level'
  return (r.cr4 & CR4_PAE) === 0 ? '32-bit' : 'pae'
}

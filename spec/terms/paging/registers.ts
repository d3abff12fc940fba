import type { U64 } from '../numbers.js'

/** What the guest's processor is, by CPUID. */
export interface Cpu {
  /** MAXPHYADDR: bits of a physical address, 32 to 52. */
  readonly maxPhyAddr: number
  /** Whether a page-directory-pointer entry may be a page of 1 GiB. */
  readonly gigabytePages: boolean
  /** AMD's or Hygon's: bit 8 of the upper entries is reserved, and PAE's top entries are read at each walk. */
  readonly amd: boolean
}

export const defaultCpu: Cpu = { maxPhyAddr: 46, gigabytePages: true, amd: false }

/** The code segment as the vCPU has it loaded; its descriptor may have changed since. */
export interface CodeSegment {
  /** Where it begins; 64-bit mode takes it for 0. */
  readonly base: U64
  /** The last byte of it, the granularity applied as in `struct kvm_segment`: 0 to 2^32-1. */
  readonly limit: number
  /** 32-bit code; without it 16-bit. */
  readonly d: boolean
  /** 64-bit code, where EFER.LMA is set. */
  readonly l: boolean
}

/** The registers that decide where a vCPU finds its next instruction. */
export interface RegisterImage {
  readonly cr0: U64
  readonly cr3: U64
  readonly cr4: U64
  readonly efer: U64
  readonly rflags: U64
  /** Current privilege level, 0 to 3. */
  readonly cpl: number
  readonly cs: CodeSegment
  readonly cpu?: Cpu
  /** Two bits for each protection key i: 2i denies access, 2i + 1 writing. Bits above 31 must be clear; absent, it is 0. */
  readonly pkru?: U64
  /** The four registers PAE loads from CR3; without them they are loaded from memory. */
  readonly pdptes?: readonly U64[]
}

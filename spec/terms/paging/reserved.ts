import { bits, LARGE, NO_EXECUTE } from './bits.js'
import type { Paging } from './mode.js'
import type { Cpu } from './registers.js'

/** By level, bits that a present entry must have clear: where it points to a table or to a 4 KiB page, and where it is a large page. */
export interface ReservedBits {
  readonly table: readonly bigint[]
  readonly large: readonly bigint[]
}

export interface Reserving {
  readonly nxe: boolean
  readonly pse: boolean
  readonly walker: 'kvm' | 'architecture'
}

const LEVELS = [1, 2, 3, 4, 5] as const

/** What a large page's entry must have clear between its flags and its address; bit 12 is PAT. */
const BELOW_ADDRESS: Readonly<Record<number, bigint>> = { 2: bits(13, 20), 3: bits(13, 29) }

const longMode = ({ maxPhyAddr, gigabytePages, amd }: Cpu, { nxe }: Reserving): ReservedBits => {
  const high = bits(maxPhyAddr, 51) | (nxe ? 0n : NO_EXECUTE)
  const upper = high | LARGE | (amd ? bits(8, 8) : 0n)
  const table = [0n, ...LEVELS.map(level => (level >= 4 ? upper : high))]
  const large = LEVELS.map(level => {
    if (level >= 4) return upper
    return high | (BELOW_ADDRESS[level] ?? 0n) | (level === 3 && !gigabytePages ? LARGE : 0n)
  })
  return { table, large: [0n, ...large] }
}

/** Bits of a top entry of PAE: those beyond MAXPHYADDR with bit 63, and flags it does not have. */
export const reservedInPdpte = ({ maxPhyAddr }: Cpu): bigint => bits(maxPhyAddr, 63) | bits(5, 8) | bits(1, 2)

const pae = (cpu: Cpu, { nxe }: Reserving): ReservedBits => {
  const high = bits(cpu.maxPhyAddr, 62) | (nxe ? 0n : NO_EXECUTE)
  const top = reservedInPdpte(cpu)
  return { table: [0n, high, high, top], large: [0n, high, high | bits(13, 20), top] }
}

/** KVM takes every processor for one with 36 bits in a 4 MiB page; by the manual it is MAXPHYADDR, up to 40. */
const narrow = ({ maxPhyAddr }: Cpu, { pse, walker }: Reserving): ReservedBits => {
  const address = walker === 'kvm' ? bits(17, 21) : bits(Math.min(40, maxPhyAddr) - 19, 21)
  return { table: [0n, 0n, 0n], large: [0n, 0n, pse ? address : 0n] }
}

/** The reserved bits of every entry, as paging, processor and control registers make them (x86-fetch 2.1). */
export const reservedBits = (paging: Paging, cpu: Cpu, reserving: Reserving): ReservedBits => {
  switch (paging) {
    case 'none':
      return { table: [], large: [] }
    case '32-bit':
      return narrow(cpu, reserving)
    case 'pae':
      return pae(cpu, reserving)
    case '4-level':
    case '5-level':
      return longMode(cpu, reserving)
  }
}

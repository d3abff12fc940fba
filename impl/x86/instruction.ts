import { type Located, locate } from './locate.js'
import { type Mmu, OK } from './mmu.js'
import { FETCH } from './regime.js'
import { CR4_LA57, EFER_LMA, type Registers } from './registers.js'

/** The fetch ends in #GP(0): segment limit, canonical address, or more than fifteen bytes. */
export const GENERAL_PROTECTION = 4
export type Fetched = Located | typeof GENERAL_PROTECTION

/** The most bytes of an instruction. */
export const INSTRUCTION_BYTES = 15
const PAGE_BYTES = 4096
const LIMIT_OF_ALL = 0xffff_ffff

/** How offsets in the code segment become linear addresses; computed when registers are loaded. */
export interface CodeWindow {
  /** 64-bit code: base and limit do not count, addresses must be canonical. */
  readonly wide: boolean
  /** Bits 31 to `sign` of the upper word of a canonical address are all equal. */
  readonly sign: number
  readonly base: number
  readonly limit: number
}

export function codeWindowOf(r: Registers): CodeWindow {
  return {
    wide: (r.efer & EFER_LMA) !== 0 && r.cs.long,
    sign: (r.cr4 & CR4_LA57) === 0 ? 15 : 24,
    base: Number(BigInt.asUintN(32, r.cs.base)),
    limit: r.cs.limit,
  }
}

/** The bytes that a fetch has got, and the address of the piece at hand: where it failed, if it did. */
export class Prefetched {
  readonly bytes = new Uint8Array(INSTRUCTION_BYTES)
  count = 0
  /** The linear address of the chunk that was fetched last, in two words: what #PF leaves in CR2. */
  high = 0
  low = 0
}

/**
 * Fetches an instruction in the held set, as KVM's emulator does (fetch-path.md, The window): at first the part of
 * fifteen bytes that lies on one page, and more only when the decoder needs it. So there are at most two translations,
 * and the second page is touched only if a byte of it is needed.
 *
 * @param high, low the offset in the code segment
 * @param length bytes that the decoder turns out to need, 1..15
 */
export function fetchInstruction(
  mmu: Mmu,
  code: CodeWindow,
  found: Prefetched,
  high: number,
  low: number,
  length: number,
): Fetched {
  found.count = 0
  let needed = 1
  for (;;) {
    const room = placeChunk(code, found, high, low)
    const count = Math.min(INSTRUCTION_BYTES - found.count, room, PAGE_BYTES - (found.low & 4095))
    if (count < needed) return GENERAL_PROTECTION
    const located = locate(mmu, found.high, found.low, FETCH)
    if (located !== OK) return located
    const from = mmu.place + (found.low & 4095)
    const { bytes } = mmu.pages
    for (let i = 0; i < count; i++) found.bytes[found.count + i] = bytes[from + i]!
    found.count += count
    if (found.count >= length) return OK
    needed = length - found.count
  }
}

/** The linear address of the next byte, into `found`; how many bytes the segment has from there, 0 beyond its end. */
export function placeChunk(code: CodeWindow, found: Prefetched, high: number, low: number): number {
  const sum = (low >>> 0) + found.count
  const upper = sum > LIMIT_OF_ALL ? (high + 1) | 0 : high
  if (code.wide) {
    found.high = upper
    found.low = sum | 0
    return isCanonical(upper, code.sign) ? LIMIT_OF_ALL : 0
  }
  found.high = 0
  found.low = (code.base + sum) | 0
  if (upper !== 0 || sum > code.limit) return 0
  return code.limit === LIMIT_OF_ALL ? LIMIT_OF_ALL : code.limit + 1 - sum
}

/** Whether bits 31 to `sign` of the upper word of an address are all equal. */
export function isCanonical(high: number, sign: number): boolean {
  return high >> sign === 0 || high >> sign === -1
}

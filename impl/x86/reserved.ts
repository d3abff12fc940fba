import type { Paging, Processor } from './registers.js'

/** Bits `from` to `to` of an entry, both included. */
function bits(from: number, to: number): bigint {
  return from > to ? 0n : ((1n << BigInt(to - from + 1)) - 1n) << BigInt(from)
}

const PAGE_SIZE_BIT = bits(7, 7)
const NX_BIT = bits(63, 63)

/**
 * The bits that an entry must have clear, by level and page-size bit (fetch-path.md, Reserved bits): words 4l + 2p and
 * 4l + 2p + 1 for level l. A page table's bit 7 is PAT and its masks are equal; so are a directory's where bit 7 is
 * ignored.
 */
export function reservedBits(processor: Processor, paging: Paging, nxe: boolean, pse: boolean): Int32Array {
  const masks = new Int32Array(24)
  const put = (level: number, big: 0 | 1, mask: bigint) => {
    masks[4 * level + 2 * big] = Number(BigInt.asIntN(32, mask))
    masks[4 * level + 2 * big + 1] = Number(BigInt.asIntN(32, mask >> 32n))
  }
  if (paging === 'none') return masks
  if (paging === '32-bit') {
    if (pse) put(2, 1, largeIn32Bit(processor))
    return masks
  }
  const nx = nxe ? 0n : NX_BIT
  const high = nx | bits(processor.maxPhyAddr, paging === 'pae' ? 62 : 51)
  put(1, 0, high)
  put(1, 1, high)
  put(2, 0, high)
  put(2, 1, high | bits(13, 20))
  if (paging === 'pae') return masks
  put(3, 0, high)
  put(3, 1, high | bits(13, 29) | (processor.gigabytePages ? 0n : PAGE_SIZE_BIT))
  for (const level of [4, 5]) {
    const never = high | PAGE_SIZE_BIT | (processor.amd ? bits(8, 8) : 0n)
    put(level, 0, never)
    put(level, 1, never)
  }
  return masks
}

/** KVM uses 36-bit PSE whatever MAXPHYADDR is; by the manual, bits are reserved from min(40, MAXPHYADDR) on. */
function largeIn32Bit({ byTheBook, maxPhyAddr }: Processor): bigint {
  return byTheBook ? bits(Math.min(40, maxPhyAddr) - 19, 21) : bits(17, 21)
}

/** The reserved bits of a PDPTE, checked when it is loaded; it has no NX bit. */
export function reservedInPdpte(processor: Processor): bigint {
  return bits(processor.maxPhyAddr, 63) | bits(5, 8) | bits(1, 2)
}

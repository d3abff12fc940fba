/**
 * The units of this implementation. Calls take bytes as u64 (`bigint`); everything below them counts 4 KiB pages, whose
 * numbers fit a double exactly (at most 2^52).
 */

/** Bytes in a page: 4096 (x86 `PAGE_SIZE`). */
export const PAGE_SIZE = 4096

/** The first value that a u64 cannot hold. */
export const U64_END = 1n << 64n

/** `KVM_MEM_MAX_NR_PAGES`, the most pages a user slot may have: 2^31 − 1 (include/linux/kvm_host.h). */
export const MAX_SLOT_PAGES = 2 ** 31 - 1

const OFFSET_MASK = 0xfffn

/** Whether a byte address or size is a multiple of the page size. */
export function isPageAligned(bytes: bigint): boolean {
  return (bytes & OFFSET_MASK) === 0n
}

/** The number of the page that holds byte `address` (0 ≤ address < 2^64), or of pages in an aligned size. */
export function pageNumber(address: bigint): number {
  return Number(address >> 12n)
}

/** The offset of byte `address` in its page, 0..4095. */
export function pageOffset(address: bigint): number {
  return Number(address & OFFSET_MASK)
}

/** The byte address at which page `page` starts. */
export function pageAddress(page: number): bigint {
  return BigInt(page) << 12n
}

/** Bytes of the dirty bitmap of `npages` pages as the system call copies it: `ALIGN(npages, 64) / 8`. */
export function logBytes(npages: number): number {
  return Math.ceil(npages / 64) * 8
}

/** Bits `from` to `to` of a quantity, both included; none where `from` is above `to`. */
export const bits = (from: number, to: number): bigint =>
  from > to ? 0n : ((1n << BigInt(to - from + 1)) - 1n) << BigInt(from)

export const CR0_PE = 1n
export const CR0_EM = bits(2, 2)
export const CR0_TS = bits(3, 3)
export const CR0_WP = bits(16, 16)
export const CR0_AM = bits(18, 18)
export const CR0_NW = bits(29, 29)
export const CR0_CD = bits(30, 30)
export const CR0_PG = bits(31, 31)
export const CR4_PSE = bits(4, 4)
export const CR4_PAE = bits(5, 5)
export const CR4_LA57 = bits(12, 12)
export const CR4_SMEP = bits(20, 20)
export const CR4_SMAP = bits(21, 21)
export const CR4_PKE = bits(22, 22)
export const EFER_LME = bits(8, 8)
export const EFER_LMA = bits(10, 10)
export const EFER_NXE = bits(11, 11)
export const RFLAGS_VM = bits(17, 17)
export const RFLAGS_AC = bits(18, 18)

/** Bits of an entry of any paging structure. */
export const PRESENT = 1n
export const WRITABLE = 2n
export const USER = 4n
export const ACCESSED = bits(5, 5)
export const DIRTY = bits(6, 6)
/** In a page-directory or page-directory-pointer entry: a page of 2 or 4 MiB, or 1 GiB. In a page-table entry it is PAT. */
export const LARGE = bits(7, 7)
export const NO_EXECUTE = bits(63, 63)

/** Bits of a page fault's error code. */
export const PF_PRESENT = 1
export const PF_WRITE = 2
export const PF_USER = 4
export const PF_RESERVED = 8
export const PF_FETCH = 16
export const PF_KEY = 32

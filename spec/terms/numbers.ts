declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A guest frame number: a guest-physical address divided by 4096. `0 .. 2^52-1`. */
export type Gfn = Brand<number, 'Gfn'>
/** A host virtual page number: a host virtual address divided by 4096. `0 .. 2^52-1`. */
export type HvaPage = Brand<number, 'HvaPage'>
/** A slot's id within its address space. User ids lie below the slot limit, internal ids at or above it. */
export type SlotId = Brand<number, 'SlotId'>
/** An address space: 0 is normal mode, 1 is SMM; a VM may have more. */
export type SpaceId = Brand<number, 'SpaceId'>
/** Identifies a published set of slots; a later set of the same space has a greater one. */
export type Generation = Brand<number, 'Generation'>
/** A 64-bit quantity as userspace passes it: `0 .. 2^64-1`, aligned or not, sensible or not. */
export type U64 = Brand<bigint, 'U64'>

/** Brands a number as a guest frame number. Its range is not checked. */
export const gfn = (n: number): Gfn => n as Gfn
/** Brands a number as a host virtual page number. Its range is not checked. */
export const hvaPage = (n: number): HvaPage => n as HvaPage
/** Brands a number as a slot id. Its range is not checked. */
export const slotId = (n: number): SlotId => n as SlotId
/** Brands a number as an address space. Its range is not checked. */
export const spaceId = (n: number): SpaceId => n as SpaceId
/** Brands a number as a generation. Its range is not checked. */
export const generation = (n: number): Generation => n as Generation
/**
 * A whole number as a 64-bit quantity. The range is not checked.
 * @throws RangeError where a number has a fraction
 */
export const u64 = (n: bigint | number): U64 => BigInt(n) as U64

/** The space of system management mode. */
export const SMM = 1

/** Bits of a byte address within a page. */
export const PAGE_SHIFT = 12n
/** Bytes of a page. */
export const PAGE_SIZE = 4096n
/** Sums of two u64 wrap at this value. */
export const TWO_TO_64 = 1n << 64n
/** `KVM_MEM_MAX_NR_PAGES`: the most pages a user slot may have. */
export const MAX_SLOT_PAGES = 2 ** 31 - 1

// Every request asks these two of three quantities, and bigint arithmetic allocates. A u64 laid into eight bytes and
// read back as two halves does not, and costs half as much.
const eight = new DataView(new ArrayBuffer(8))

/** Whether a byte address or a size is a multiple of 4096. */
export const isPageAligned = (n: U64): boolean => {
  eight.setBigUint64(0, n)
  return (eight.getUint32(4) & 0xfff) === 0
}
/** The page a byte address lies in; exact for every u64, since the quotient is below 2^52. */
export const pageOf = (n: U64): number => {
  eight.setBigUint64(0, n)
  return eight.getUint32(0) * 0x100000 + (eight.getUint32(4) >>> 12)
}
/** The byte address at which a page begins, or the bytes of so many pages. */
export const addressOf = (page: number): U64 => (BigInt(page) << PAGE_SHIFT) as U64

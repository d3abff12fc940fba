import { U64_END } from './frames.js'

/**
 * The domain of the arguments of calls: the values that the words of the system call can carry. A value outside is a
 * mistake of the program (RangeError), unlike a value that reaches Linux and is refused (errno).
 */

/** Requires an integer with `low ≤ value ≤ high`. @throws RangeError */
export function requireInteger(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be an integer in ${low}..${high}, not ${value}`)
  }
}

/** Requires a `bigint` that a u64 can hold. @throws RangeError */
export function requireU64(name: string, value: bigint): void {
  if (typeof value !== 'bigint' || value < 0n || value >= U64_END) {
    throw new RangeError(`${name} must be a bigint in 0..2^64-1, not ${value}`)
  }
}

/** Requires an unsigned 32-bit integer. @throws RangeError */
export function requireU32(name: string, value: number): void {
  requireInteger(name, value, 0, 0xffff_ffff)
}

/** Requires the two halves of the `slot` word of the ioctls: 16 bits each. @throws RangeError */
export function requireSlotWord(as: number, id: number): void {
  requireInteger('as', as, 0, 0xffff)
  requireInteger('id', id, 0, 0xffff)
}

/** Requires a frame number 0..2^52. @throws RangeError */
export function requireGfn(gfn: number): void {
  requireInteger('gfn', gfn, 0, 2 ** 52)
}

/**
 * Requires 1..4096 bytes that lie within one page: an operation that crosses a page is two accesses.
 * @throws RangeError
 */
export function requireWithinPage(offset: number, size: number): void {
  requireInteger('offset', offset, 0, 4095)
  requireInteger('size', size, 1, 4096)
  if (offset + size > 4096) throw new RangeError(`an access touches one page: ${offset} + ${size} > 4096`)
}

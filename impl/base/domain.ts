import { U64_END } from './frames.js'

/**
 * The domain of the arguments of calls: their types, and the values that the words of the system call can carry. A value
 * of another type (TypeError) or outside (RangeError) is a mistake of the program, unlike a value that reaches Linux and
 * is refused (errno). The message begins with the name of the field. Nothing has happened by then.
 */

/** How a value is shown in a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** Throws the TypeError of a field of the wrong type. */
function refuseType(name: string, expected: string, value: unknown): never {
  throw new TypeError(`${name} must be ${expected}, not ${shown(value)}`)
}

/** Requires an integer with `low ≤ value ≤ high`. @throws TypeError, RangeError */
export function requireInteger(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return
  if (typeof value !== 'number') refuseType(name, 'a number', value)
  throw new RangeError(`${name} must be an integer in ${low}..${high}, not ${value}`)
}

/** Requires a `bigint` that a u64 can hold. @throws TypeError, RangeError */
export function requireU64(name: string, value: bigint): void {
  if (typeof value !== 'bigint') refuseType(name, 'a bigint', value)
  if (value < 0n || value >= U64_END) throw new RangeError(`${name} must be in 0..2^64-1, not ${value}`)
}

/** Requires an unsigned 32-bit integer. @throws TypeError, RangeError */
export function requireU32(name: string, value: number): void {
  requireInteger(name, value, 0, 0xffff_ffff)
}

/** Requires the two halves of the `slot` word of the ioctls: 16 bits each. @throws TypeError, RangeError */
export function requireSlotWord(as: number, id: number): void {
  requireInteger('as', as, 0, 0xffff)
  requireInteger('id', id, 0, 0xffff)
}

/** Requires a frame number 0..2^52. @throws TypeError, RangeError */
export function requireGfn(gfn: number): void {
  requireInteger('gfn', gfn, 0, 2 ** 52)
}

/**
 * Requires 1..4096 bytes that lie within one page: an operation that crosses a page is two accesses.
 * @throws TypeError, RangeError
 */
export function requireWithinPage(offset: number, size: number): void {
  requireInteger('offset', offset, 0, 4095)
  requireInteger('size', size, 1, 4096)
  if (offset + size > 4096) throw new RangeError(`size must end in the page: ${offset} + ${size} > 4096`)
}

/** Requires `true` or `false`. @throws TypeError */
export function requireBoolean(name: string, value: boolean): void {
  if (typeof value !== 'boolean') refuseType(name, 'a boolean', value)
}

/** Requires an object that is no array. @throws TypeError */
export function requireObject(name: string, value: object): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuseType(name, 'an object', value)
}

/** Requires an array. @throws TypeError */
export function requireArray(name: string, value: readonly unknown[]): void {
  if (!Array.isArray(value)) refuseType(name, 'an array', value)
}

/** Requires a Uint8Array, of this realm or another. @throws TypeError */
export function requireBytes(name: string, value: Uint8Array): void {
  if (value instanceof Uint8Array) return
  if ((value as { [Symbol.toStringTag]?: unknown } | null)?.[Symbol.toStringTag] === 'Uint8Array') {
    if (ArrayBuffer.isView(value)) return
  }
  refuseType(name, 'a Uint8Array', value)
}

/** Requires one of some strings. @throws TypeError, RangeError */
export function requireOneOf(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return
  const expected = known.map(one => `'${one}'`).join(' or ')
  if (typeof value !== 'string') refuseType(name, expected, value)
  throw new RangeError(`${name} must be ${expected}, not ${shown(value)}`)
}

/** Requires each element to be as `require` requires it; the message names it by its index. @throws TypeError, RangeError */
export function requireEach<T>(name: string, all: readonly T[], require: (one: T) => void): void {
  requireArray(name, all)
  let i = 0
  try {
    for (; i < all.length; i++) require(all[i]!)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      error.message = `${name}[${i}]${error.message.startsWith(' ') ? '' : '.'}${error.message}`
    }
    throw error
  }
}

/** Requires an element of an array to be an object. @throws TypeError */
export function requireElement(value: object): void {
  requireObject('', value)
}

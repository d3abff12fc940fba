import * as t from 'io-ts'
import { type U64, u64 } from '../../spec/terms/numbers.js'
import type { Run } from '../../spec/terms/page-set.js'

/** A 64-bit number as a hexadecimal string such as `"0x1000"`, at most sixteen digits; a bigint in memory. */
export const Hex64 = new t.Type<U64, string, unknown>(
  'hexadecimal string of at most 64 bits, like "0x1000"',
  (u): u is U64 => typeof u === 'bigint',
  (u, c) =>
    typeof u === 'string' && /^0x[0-9a-f]{1,16}$/i.test(u) ? t.success(u64(BigInt(u))) : t.failure(u, c),
  a => `0x${a.toString(16)}`,
)

/** An SMBASE: a multiple of 4096 below 4 GiB, so that the save state lies in one page. */
export const Smbase = new t.Type<U64, string, unknown>(
  'hexadecimal string of a multiple of 0x1000 below 2^32, like "0x30000"',
  Hex64.is,
  (u, c) => {
    const decoded = Hex64.validate(u, c)
    if (decoded._tag === 'Left') return decoded
    const fits = decoded.right % 4096n === 0n && decoded.right < 1n << 32n
    return fits ? decoded : t.failure(u, c)
  },
  a => Hex64.encode(a),
)

/** A text of at most so many characters. */
export const text = (most: number): t.Type<string, string, unknown> => {
  const is = (u: unknown): u is string => typeof u === 'string' && u.length <= most
  return new t.Type(
    `text of at most ${most} characters`,
    is,
    (u, c) => (is(u) ? t.success(u) : t.failure(u, c)),
    a => a,
  )
}

/**
 * A whole number from `min` to `max`, both included.
 *
 * @param what the name of the number in errors
 */
export const natural = (
  max: number = Number.MAX_SAFE_INTEGER,
  what = 'whole number',
  min = 0,
): t.Type<number, number, unknown> => {
  const is = (u: unknown): u is number =>
    typeof u === 'number' && Number.isSafeInteger(u) && u >= min && u <= max
  return new t.Type(
    `${what} of ${min} to ${max}`,
    is,
    (u, c) => (is(u) ? t.success(u + 0) : t.failure(u, c)), // JSON has -0, which is 0
    a => a,
  )
}

export const U16 = natural(0xffff)
export const U32 = natural(0xffff_ffff)
/** A gfn: at most 2⁵² − 1, the last frame that a 64-bit address reaches. */
export const Frame = natural(2 ** 52 - 1, 'frame number')
/** The number of a file of guest_memfd. */
export const FileId = natural(1023, 'file number')
export const VcpuId = natural(1023, 'vCPU number')

/** Bytes in order of address, two lower-case hexadecimal digits each: 1 to 4096 of them. */
export const HexBytes = new t.Type<string, string, unknown>(
  'bytes as pairs of hexadecimal digits, 1 to 4096 of them',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^([0-9a-f]{2}){1,4096}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

/** The eight bytes of a paging-structure entry. */
export const EntryBytes = new t.Type<string, string, unknown>(
  'the 8 bytes of an entry as pairs of hexadecimal digits',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^([0-9a-f]{2}){8}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

const isRun = (u: unknown): u is Run =>
  Array.isArray(u) && u.length === 2 && u.every(n => Number.isSafeInteger(n) && n >= 0) && u[1] > 0

/** Page numbers as runs `[first, count]`, ascending and not touching. */
export const Runs = new t.Type<readonly Run[], readonly Run[], unknown>(
  'runs of pages [[first, count], …], ascending and not touching',
  (u): u is readonly Run[] => Array.isArray(u) && u.every(isRun),
  (u, c) => {
    if (!Array.isArray(u) || !u.every(isRun)) return t.failure(u, c)
    const runs: readonly Run[] = u.map(([first, count]) => [first + 0, count])
    const apart = runs.every((run, i) => {
      const before = runs[i - 1]
      return before === undefined || before[0] + before[1] < run[0]
    })
    return apart ? t.success(runs) : t.failure(u, c)
  },
  a => a,
)

/** One of these strings. */
export const oneOf = <W extends string>(...words: readonly W[]): t.Type<W, W, unknown> => {
  const is = (u: unknown): u is W => (words as readonly unknown[]).includes(u)
  return new t.Type(
    words.map(w => `"${w}"`).join(' or '),
    is,
    (u, c) => (is(u) ? t.success(u) : t.failure(u, c)),
    a => a,
  )
}

/** One of these numbers. */
export const oneNumberOf = <N extends number>(...numbers: readonly N[]): t.Type<N, N, unknown> => {
  const is = (u: unknown): u is N => (numbers as readonly unknown[]).includes(u)
  return new t.Type(
    numbers.join(' or '),
    is,
    (u, c) => (is(u) ? t.success(u) : t.failure(u, c)),
    a => a,
  )
}

import type { Memory } from '../memory.js'
import { store } from '../memory.js'
import type { HvaPage } from '../numbers.js'
import { bits, LARGE } from './bits.js'
import type { Paging } from './mode.js'
import type { Regime } from './regime.js'

/** An entry of 8 bytes, or of 4 in 32-bit paging. */
export const entrySize = (paging: Paging): 4 | 8 => (paging === '32-bit' ? 4 : 8)

/** Where in its table the entry of an address stands, in entries. */
export const entryIndex = (paging: Paging, level: number, la: bigint): number =>
  paging === '32-bit'
    ? Number((la >> (level === 2 ? 22n : 12n)) & 0x3ffn)
    : Number((la >> BigInt(3 + 9 * level)) & (paging === 'pae' && level === 3 ? 3n : 0x1ffn))

/** PAE's top table has four entries and begins at any multiple of 32 bytes. */
export const entryOffset = (paging: Paging, level: number, la: bigint, cr3: bigint): number => {
  const within = entryIndex(paging, level, la) * entrySize(paging)
  return paging === 'pae' && level === 3 ? Number(cr3 & 0xfe0n) + within : within
}

const eight = new DataView(new ArrayBuffer(8))

export const readEntry = (memory: Memory, page: HvaPage, offset: number, size: 4 | 8): bigint => {
  const bytes = memory.get(page)
  if (bytes === undefined) return 0n
  for (let i = 0; i < 8; i++) eight.setUint8(i, i < size ? (bytes[offset + i] ?? 0) : 0)
  return eight.getBigUint64(0, true)
}

const hexOf = (value: bigint, size: 4 | 8): string => {
  eight.setBigUint64(0, value, true)
  let text = ''
  for (let i = 0; i < size; i++) text += eight.getUint8(i).toString(16).padStart(2, '0')
  return text
}

export const writeEntry = (
  memory: Memory,
  page: HvaPage,
  offset: number,
  size: 4 | 8,
  value: bigint,
): Memory => store(memory, page, offset, hexOf(value, size))

/** An entry as the bytes of a trace. */
export const entryBytes = hexOf

const FRAME = bits(12, 51)

export const frameOf = (entry: bigint): number => Number((entry & FRAME) >> 12n)

/** The protection key of a page, in its last entry in long mode: 0 to 15. */
export const keyOf = (entry: bigint): number => Number((entry >> 59n) & 0xfn)

/** Frames in a page that an entry of this level is: 1, 512 or 1024, 2^18. */
export const framesIn = (paging: Paging, level: number): number =>
  level === 1 ? 1 : paging === '32-bit' ? 1024 : level === 2 ? 512 : 2 ** 18

export const isLarge = (entry: bigint, level: number, { largePages }: Regime): boolean =>
  level > 1 && largePages && (entry & LARGE) !== 0n

/** The frame an address has in the page of its last entry. */
export const finalFrame = (entry: bigint, level: number, paging: Paging, la: bigint): number => {
  if (level === 1) return frameOf(entry)
  const count = framesIn(paging, level)
  const within = Number((la >> 12n) & BigInt(count - 1))
  // PSE-36: bits 13 and on of a 4 MiB page's entry are bits 32 and on of its address.
  const high = paging === '32-bit' ? Number((entry >> 13n) & 0xffn) * 2 ** 20 : 0
  const base = paging === '32-bit' ? Number((entry & bits(22, 31)) >> 12n) : frameOf(entry)
  return high + base - (base % count) + within
}

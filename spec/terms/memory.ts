import type { HvaPage } from './numbers.js'

/** Bytes as they stand in traces: two lower-case hexadecimal digits each. */
export type Bytes = string

/** The host pages that were ever written, 4096 bytes each; any other page reads as zeros. Never mutated. */
export type Memory = ReadonlyMap<HvaPage, Uint8Array>

export const emptyMemory: Memory = new Map()

const ZERO_PAGE = new Uint8Array(4096)

export const toBytes = (data: Uint8Array): Bytes => {
  let text = ''
  for (const byte of data) text += byte.toString(16).padStart(2, '0')
  return text
}

export const fromBytes = (text: Bytes): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))

export const load = (memory: Memory, page: HvaPage, offset: number, size: number): Bytes =>
  toBytes((memory.get(page) ?? ZERO_PAGE).subarray(offset, offset + size))

export const store = (memory: Memory, page: HvaPage, offset: number, data: Bytes): Memory => {
  const changed = Uint8Array.from(memory.get(page) ?? ZERO_PAGE)
  changed.set(fromBytes(data), offset)
  return new Map(memory).set(page, changed)
}

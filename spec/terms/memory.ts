import type { HvaPage } from './numbers.js'

/** Bytes as in traces: two lower-case hexadecimal digits each. */
export type Bytes = string

/** The host pages that were ever written, up to the last byte written (and some zeros); beyond, they read as zeros. Never mutated. */
export type Memory = ReadonlyMap<HvaPage, Uint8Array>

/** Memory in which nothing was written: it reads as zeros. */
export const emptyMemory: Memory = new Map()

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as the digits of a trace. */
export const toBytes = (data: Uint8Array): Bytes => {
  let text = ''
  for (let i = 0; i < data.length; i++) text += HEX[data[i] as number]
  return text
}

/** The value of a hexadecimal digit by its character code. */
const nibble = (code: number): number => (code < 58 ? code - 48 : (code | 32) - 87)

/** The digits of a trace as bytes. They must be an even number of hexadecimal digits, which is not checked. */
export const fromBytes = (text: Bytes): Uint8Array => {
  const data = new Uint8Array(text.length / 2)
  for (let i = 0; i < data.length; i++) {
    data[i] = nibble(text.charCodeAt(2 * i)) * 16 + nibble(text.charCodeAt(2 * i + 1))
  }
  return data
}

/** `size` bytes from `offset` in a host page, `offset + size` at most 4096. */
export const load = (memory: Memory, page: HvaPage, offset: number, size: number): Bytes => {
  const bytes = memory.get(page)
  let text = ''
  for (let i = offset; i < offset + size; i++) text += HEX[bytes?.[i] ?? 0]
  return text
}

/** Pages grow by this many bytes, so that writes near their beginning do not copy all of them. */
const GRAIN = 64

/** The memory with these bytes written from `offset` in a host page, which they must not leave. */
export const store = (memory: Memory, page: HvaPage, offset: number, data: Bytes): Memory => {
  const before = memory.get(page)
  const reaches = Math.ceil((offset + data.length / 2) / GRAIN) * GRAIN
  const changed = new Uint8Array(Math.max(before?.length ?? 0, reaches))
  if (before !== undefined) changed.set(before)
  changed.set(fromBytes(data), offset)
  return new Map(memory).set(page, changed)
}

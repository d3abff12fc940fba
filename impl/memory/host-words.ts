import type { HostPages } from './host-pages.js'

/** Whether x86 makes an access indivisibly: 1, 2, 4 or 8 bytes, aligned to their number. */
export function isWord(at: number, size: number): boolean {
  return size > 0 && size <= 8 && (size & (size - 1)) === 0 && (at & (size - 1)) === 0
}

/** Eight bytes, and views of them as words. */
const bytes = new Uint8Array(8)
const halves = new Uint16Array(bytes.buffer)
const words = new Int32Array(bytes.buffer)
const quads = new BigInt64Array(bytes.buffer)

/** Copies the word at byte `at` of the buffer into `into`, indivisibly. */
export function loadWord(pages: HostPages, at: number, into: Uint8Array): void {
  if (into.length === 8) quads[0] = Atomics.load(pages.quads, at >>> 3)
  else if (into.length === 4) words[0] = pages.words[at >>> 2]!
  else if (into.length === 2) halves[0] = pages.halves[at >>> 1]!
  else bytes[0] = pages.bytes[at]!
  copyOut(into)
}

/** Puts a word at byte `at` of the buffer, indivisibly. */
export function storeWord(pages: HostPages, at: number, data: Uint8Array): void {
  bytes.set(data)
  if (data.length === 8) Atomics.store(pages.quads, at >>> 3, quads[0]!)
  else if (data.length === 4) pages.words[at >>> 2] = words[0]!
  else if (data.length === 2) pages.halves[at >>> 1] = halves[0]!
  else pages.bytes[at] = bytes[0]!
}

/** Exchanges the word at byte `at` of the buffer, indivisibly, and returns the one before. */
export function exchangeWord(pages: HostPages, at: number, data: Uint8Array): Uint8Array {
  bytes.set(data)
  if (data.length === 8) quads[0] = Atomics.exchange(pages.quads, at >>> 3, quads[0]!)
  else if (data.length === 4) words[0] = Atomics.exchange(pages.words, at >>> 2, words[0]!)
  else if (data.length === 2) halves[0] = Atomics.exchange(pages.halves, at >>> 1, halves[0]!)
  else bytes[0] = Atomics.exchange(pages.bytes, at, bytes[0]!)
  const before = new Uint8Array(data.length)
  copyOut(before)
  return before
}

function copyOut(into: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i] = bytes[i]!
}

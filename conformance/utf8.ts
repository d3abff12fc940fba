import { Buffer, isUtf8 } from 'node:buffer'

/** A byte that is part of no character: where it stands, each from 1, the column in characters; and what it is. */
export interface WrongByte {
  readonly line: number
  readonly column: number
  readonly found: string
}

const REPLACEMENT = Buffer.from('\ufffd')

/** The first byte that is no UTF-8; null where there is none. */
export const firstWrongByte = (bytes: Uint8Array): WrongByte | null => {
  if (isUtf8(bytes)) return null
  // Decoding puts U+FFFD in place of each wrong byte; the first that is not in the bytes themselves stands for one.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    const before = text.slice(0, at)
    const offset = Buffer.byteLength(before)
    if (Buffer.from(bytes.subarray(offset, offset + 3)).equals(REPLACEMENT)) continue
    const byte = bytes[offset]
    return {
      line: before.split('\n').length,
      column: at - before.lastIndexOf('\n'),
      found: byte === undefined ? 'the end within a character' : `the byte 0x${byte.toString(16)}`,
    }
  }
  return null
}

import { Buffer } from 'node:buffer'
import { firstWrongByte } from '../../utf8.js'

/** A line that was heard, or why it is none. */
export type HeardLine =
  | { readonly kind: 'text'; readonly text: string }
  /** Bytes that are no UTF-8: the column of the first, and what it is. */
  | { readonly kind: 'no-utf8'; readonly column: number; readonly found: string }
  /** More bytes than a line may have. No other line follows. */
  | { readonly kind: 'endless' }

const NEWLINE = 0x0a

const lineOf = (pieces: readonly Uint8Array[]): HeardLine => {
  const bytes = Buffer.concat(pieces)
  const wrong = firstWrongByte(bytes)
  if (wrong !== null) return { kind: 'no-utf8', column: wrong.column, found: wrong.found }
  const text = bytes.toString('utf8')
  return { kind: 'text', text: text.endsWith('\r') ? text.slice(0, -1) : text }
}

/** The lines of bytes that arrive in pieces; the last need not be ended. No more than `longest` bytes are held. */
export async function* requestLines(
  source: AsyncIterable<Uint8Array | string>,
  longest: number,
): AsyncGenerator<HeardLine> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    let from = 0
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      if (length + at - from > longest) return yield { kind: 'endless' }
      yield lineOf([...held, bytes.subarray(from, at)])
      held = []
      length = 0
      from = at + 1
    }
    length += bytes.length - from
    if (length > longest) return yield { kind: 'endless' }
    if (from < bytes.length) held.push(bytes.subarray(from))
  }
  if (length > 0) yield lineOf(held)
}

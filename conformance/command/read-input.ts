import { Buffer, isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { readError } from './file-error.js'
import { type Io, stopOf } from './io.js'

/** The name of a file in errors. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/** The items of a source until the user interrupts; an item that is outstanding then is not waited for. */
export async function* until<A>(stop: AbortSignal, source: AsyncIterable<A>): AsyncGenerator<A> {
  let wake = (): void => {}
  const interrupted = (): void => wake()
  stop.addEventListener('abort', interrupted)
  const iterator = source[Symbol.asyncIterator]()
  // Not a race against one promise for all items: that promise would hold on to every item until it is settled.
  const nextOrNull = () =>
    new Promise<IteratorResult<A> | null>((resolve, reject) => {
      wake = () => resolve(null)
      iterator.next().then(resolve, reject)
    })
  try {
    while (!stop.aborted) {
      const next = await nextOrNull()
      if (next === null || next.done === true) return
      yield next.value
    }
  } finally {
    stop.removeEventListener('abort', interrupted)
  }
}

/** The text of a file, or of standard input for `-`, in chunks. Reading it rejects where the file cannot be read. */
export async function* chunksOf(file: string, io: Io): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const source: AsyncIterable<Uint8Array | string> = file === '-' ? io.stdin : createReadStream(file)
  for await (const chunk of until(stopOf(io), source)) {
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

/** The first bytes that are no UTF-8, with line and column; null where there are none. */
const notUtf8 = (file: string, bytes: Uint8Array): InputError | null => {
  if (isUtf8(bytes)) return null
  // Decoding puts U+FFFD in place of each wrong byte; the first that is not in the bytes themselves stands for one.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    const before = text.slice(0, at)
    const offset = Buffer.byteLength(before)
    if (Buffer.from(bytes.subarray(offset, offset + 3)).equals(REPLACEMENT)) continue
    const byte = bytes[offset]
    const found = byte === undefined ? 'the end within a character' : `the byte 0x${byte.toString(16)}`
    const line = before.split('\n').length
    return { file, line, column: at - before.lastIndexOf('\n'), path: '', found, expected: 'UTF-8' }
  }
  return null
}
const REPLACEMENT = Buffer.from('\ufffd')

/** Bytes of an input that is read whole: what is longer is refused before it fills memory, be it /dev/zero. */
const MAX_INPUT = 128 << 20

/** What is said of a file that was not read to its end because the user interrupted. */
export const interruptionOf = (file: string): InputError => ({
  file,
  line: null,
  path: '',
  found: 'an interruption',
  expected: 'to reach the end',
})

const tooLong = (file: string): InputError => ({
  file,
  line: null,
  path: '',
  found: `more than ${MAX_INPUT >> 20} MiB`,
  expected: 'an input of at most that',
})

/** All of a file, or of standard input for `-`. Left: that it cannot be read, or is no UTF-8. */
export const readInput = async (file: string, io: Io): Promise<Either<InputError, string>> => {
  const name = nameOf(file)
  try {
    const chunks: Uint8Array[] = []
    const source: AsyncIterable<Uint8Array | string> = file === '-' ? io.stdin : createReadStream(file)
    let length = 0
    for await (const chunk of until(stopOf(io), source)) {
      length += chunk.length
      if (length > MAX_INPUT) return left(tooLong(name))
      chunks.push(Buffer.from(chunk))
    }
    if (stopOf(io).aborted) return left(interruptionOf(name))
    const bytes = Buffer.concat(chunks)
    const wrong = notUtf8(name, bytes)
    return wrong === null ? right(bytes.toString('utf8')) : left(wrong)
  } catch (error) {
    return left(readError(name, error))
  }
}

import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { firstWrongByte } from '../utf8.js'
import { readError } from './file-error.js'
import { type Io, stopOf } from './io.js'
import { readPipe } from './named-pipe.js'

/** The name of a file in errors. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file === '' ? '""' : file)

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

async function* opened(file: string, chunk: number): AsyncGenerator<Uint8Array> {
  if ((await stat(file)).isFIFO()) yield* readPipe(file)
  else yield* createReadStream(file, { highWaterMark: chunk })
}

/** What is in a file, or comes from standard input for `-`, until the user interrupts; of a file so many bytes at a time. */
export const sourceOf = (file: string, io: Io, chunk = 1 << 16): AsyncGenerator<Uint8Array | string> =>
  until<Uint8Array | string>(stopOf(io), file === '-' ? io.stdin : opened(file, chunk))

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
    let length = 0
    for await (const chunk of sourceOf(file, io)) {
      length += chunk.length
      if (length > MAX_INPUT) return left(tooLong(name))
      chunks.push(Buffer.from(chunk))
    }
    if (stopOf(io).aborted) return left(interruptionOf(name))
    const bytes = Buffer.concat(chunks)
    const wrong = firstWrongByte(bytes)
    return wrong === null
      ? right(bytes.toString('utf8'))
      : left({ file: name, ...wrong, path: '', expected: 'UTF-8' })
  } catch (error) {
    return left(readError(name, error))
  }
}

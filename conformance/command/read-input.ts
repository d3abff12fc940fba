import { createReadStream } from 'node:fs'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { type Io, stopOf } from './io.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  EACCES: 'a file that this user may not read',
  ENOTDIR: 'a path through something that is no directory',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'

/** An error of the file system, as an error of input. */
export const fileError = (file: string, error: unknown, expected: string): InputError => {
  const code = codeOf(error)
  return { file, line: null, path: '', found: `${REASONS[code] ?? 'an error'} (${code})`, expected }
}

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

/** All of a file, or of standard input for `-`. */
export const readInput = async (file: string, io: Io): Promise<Either<InputError, string>> => {
  const name = nameOf(file)
  try {
    let text = ''
    for await (const chunk of chunksOf(file, io)) text += chunk
    return stopOf(io).aborted
      ? left({ file: name, line: null, path: '', found: 'an interruption', expected: 'to reach the end' })
      : right(text)
  } catch (error) {
    return left(fileError(name, error, 'a file that can be read'))
  }
}

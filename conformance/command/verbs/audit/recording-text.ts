import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { createTextDecoding } from '../../../audit/recording/text/decode-text.js'
import type { Io } from '../../io.js'
import { sourceOf } from '../../read-input.js'

/** Bytes read at a time: more is no faster, and is memory that waits to be collected. */
const CHUNK = 1 << 16
const GZIP = [0x1f, 0x8b] as const
const utf8 = new TextEncoder()

async function* bytesOf(file: string, io: Io): AsyncGenerator<Uint8Array> {
  for await (const chunk of sourceOf(file, io, CHUNK))
    yield typeof chunk === 'string' ? utf8.encode(chunk) : chunk
}

async function* unzipped(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const fed = (async () => {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; ) {
      if (!gunzip.write(chunk)) await new Promise(resolve => gunzip.once('drain', resolve))
      const next: IteratorResult<Uint8Array> = await rest.next()
      chunk = next.done === true ? undefined : next.value
    }
    gunzip.end()
  })()
  fed.catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : new Error(String(error))))
  yield* gunzip as AsyncIterable<Uint8Array>
}

/** The text of a recording, or of standard input for `-`: UTF-8 or UTF-16, packed by gzip or not. */
export async function* recordingText(file: string, io: Io): AsyncGenerator<string> {
  const bytes = bytesOf(file, io)
  const first = await bytes.next()
  if (first.done === true) return
  const packed = first.value[0] === GZIP[0] && first.value[1] === GZIP[1]
  const decoding = createTextDecoding()
  if (packed) for await (const chunk of unzipped(first.value, bytes)) yield decoding.push(chunk)
  else {
    yield decoding.push(first.value)
    for await (const chunk of bytes) yield decoding.push(chunk)
  }
  yield decoding.end()
}

/** The files of a recording: a directory stands for what is in it. */
export const filesOf = async (given: readonly string[]): Promise<readonly string[]> => {
  const files = await Promise.all(
    given.map(async name => {
      if (name === '-' || !(await stat(name)).isDirectory()) return [name]
      const entries = await readdir(name, { withFileTypes: true })
      return entries
        .filter(entry => entry.isFile())
        .map(entry => join(name, entry.name))
        .sort()
    }),
  )
  return files.flat()
}

/** Bytes of the files together; null where one of them is standard input. */
export const sizeOf = async (files: readonly string[]): Promise<number | null> => {
  if (files.includes('-')) return null
  const sizes = await Promise.all(files.map(async file => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

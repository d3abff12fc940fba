import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { printable } from '../../reports/printable.js'
import { MAX_BYTES } from '../explorer/open-file.js'

const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b

/** As `memslot audit` takes them: UTF-16 where a mark of the order of its bytes says so, else UTF-8. */
const encodingOf = ([first, second]: Uint8Array): string =>
  first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'

/** All bytes of a stream; null where they are more than a page reads. */
export const bytesOf = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array | null> => {
  const pieces: Uint8Array[] = []
  let size = 0
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > MAX_BYTES) {
      await reader.cancel()
      return null
    }
    pieces.push(value)
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** The text of a file, unpacked where it is compressed by gzip. Left: why it is not read. */
export const textOfFile = async (file: File): Promise<Either<string, string>> => {
  const name = printable(file.name)
  try {
    const packed = isGzip(new Uint8Array(await file.slice(0, 2).arrayBuffer()))
    const bytes = await bytesOf(
      packed ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream(),
    )
    return bytes === null
      ? left(
          `${name} has more than the ${MAX_BYTES} bytes that a page reads: use \`memslot audit\` or \`memslot check\`.`,
        )
      : right(new TextDecoder(encodingOf(bytes)).decode(bytes))
  } catch (error) {
    return left(
      `${name} cannot be read: ${printable(error instanceof Error ? error.message : String(error))}`,
    )
  }
}

import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { fromUrl, toUrl } from '../explorer/trace-link.js'
import { bytesOf } from './text-of-file.js'

const BROKEN = 'This link cannot be followed: what is packed in it was cut, or is no trace.'

/** The text that is packed in a link. Left: why there is none. */
export const unpacked = async (packed: string): Promise<Either<string, string>> => {
  try {
    const bytes = Uint8Array.from(atob(fromUrl(packed)), letter => letter.charCodeAt(0))
    const text = await bytesOf(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')))
    return text === null ? left(BROKEN) : right(new TextDecoder().decode(text))
  } catch {
    return left(BROKEN)
  }
}

/** Text, packed for a link; null where it is more than a page reads. */
export const packedText = async (text: string): Promise<string | null> => {
  const bytes = await bytesOf(new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw')))
  return bytes === null ? null : toUrl(btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join('')))
}

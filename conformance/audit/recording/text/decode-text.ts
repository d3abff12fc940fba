/** Turns the bytes of a file into text: UTF-8, or UTF-16 where the first bytes say so. */
export interface TextDecoding {
  push(bytes: Uint8Array): string
  end(): string
}

const encodingOf = (first: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' => {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le'
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/** A byte order mark is left out, and bytes that are no text become the replacement character. */
export const createTextDecoding = (): TextDecoding => {
  let decoder: InstanceType<typeof TextDecoder> | null = null
  return {
    push: bytes => {
      decoder ??= new TextDecoder(encodingOf(bytes))
      return decoder.decode(bytes, { stream: true })
    },
    end: () => decoder?.decode() ?? '',
  }
}

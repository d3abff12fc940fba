/** The most 16-bit units of a name, so that several names fit in a chunk. */
const MAX_UNITS = 1 << 16
/** The most bytes of a unit. */
const MAX_BYTES_PER_UNIT = 3
/** The first byte in UTF-8 of U+FFFD, which replaces half a surrogate pair, and of everything else from U+F000 on. */
const DOUBTFUL = 0xef

/**
 * Spells a name as 32-bit words, of `length` bytes padded with zeros: its UTF-8, which `TextEncoder` writes faster
 * than a loop. UTF-8 would replace half a surrogate pair. So where a byte 0xEF shows that there may be one, every
 * unit is written by itself (CESU-8). No two strings have one spelling: each of the second kind has a byte 0xEF or
 * half a pair, and none of the first kind has either.
 */
export class Spelling {
  words = new Uint32Array(256)
  /** Bytes and hash of the last name. */
  length = 0
  hash = 0
  #bytes = new Uint8Array(this.words.buffer)
  readonly #encoder = new TextEncoder()

  spell(name: string): void {
    if (name.length > MAX_UNITS) throw new Error(`a state's name has ${name.length} units`) // a fault of encode
    if (name.length * MAX_BYTES_PER_UNIT + 4 > this.#bytes.length)
      this.#widen(name.length * MAX_BYTES_PER_UNIT + 4)
    this.#finish(this.#encoder.encodeInto(name, this.#bytes).written)
    if (this.#hasDoubtful()) this.#finish(this.#unitByUnit(name))
  }

  #widen(bytes: number): void {
    this.words = new Uint32Array(bytes) // more than is asked for, as the next name may be longer
    this.#bytes = new Uint8Array(this.words.buffer)
  }

  #finish(length: number): void {
    const { words } = this
    const bytes = this.#bytes
    bytes[length] = bytes[length + 1] = bytes[length + 2] = 0
    let hash = length
    const end = (length + 3) >>> 2
    for (let i = 0; i < end; i++) {
      hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ (words[i] as number), 0x9e3779b1)
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    this.hash = (hash ^ (hash >>> 13)) >>> 0
    this.length = length
  }

  #hasDoubtful(): boolean {
    const { words } = this
    const end = (this.length + 3) >>> 2
    for (let i = 0; i < end; i++) {
      const zero = (words[i] as number) ^ (DOUBTFUL * 0x01010101)
      if (((zero - 0x01010101) & ~zero & 0x80808080) !== 0) return true
    }
    return false
  }

  #unitByUnit(name: string): number {
    const bytes = this.#bytes
    let end = 0
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i)
      if (unit >= 0x800) {
        bytes[end++] = 0xe0 | (unit >> 12)
        bytes[end++] = 0x80 | ((unit >> 6) & 0x3f)
      } else if (unit >= 0x80) bytes[end++] = 0xc0 | (unit >> 6)
      bytes[end++] = unit < 0x80 ? unit : 0x80 | (unit & 0x3f)
    }
    return end
  }
}

/** The name with this spelling. */
export const readSpelling = (bytes: Uint8Array): string => {
  let name = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++] as number
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    let point = first & (more === 0 ? 0x7f : 0x3f >> more)
    for (let k = 0; k < more; k++) point = (point << 6) | ((bytes[i++] as number) & 0x3f)
    name += String.fromCodePoint(point)
  }
  return name
}

import { Column } from './column.js'
import { readSpelling, Spelling } from './spelling.js'

/** Words of a chunk of names: a megabyte. */
const SHIFT = 18
const CHUNK = 1 << SHIFT
const FIRST_CHUNK = CHUNK >> 6
const FIRST_SLOTS = 1 << 10
/** Words before a name: its number, and its length in bytes. */
const HEAD = 2
/** Offsets are 32 bits, of words: sixteen gigabytes. */
const MAX_WORDS = 2 ** 32 - CHUNK

/**
 * The names of states, each once, numbered in the order in which they are added: words laid end to end, and an
 * open-addressing index of where each begins, with its hash. Names are compared in full, so no two states are taken for
 * one.
 */
export class NameTable {
  #size = 0
  readonly #limit: number
  readonly #spelling = new Spelling()
  /** Pairs: where a name begins, 0 for none, and its hash, so that growing need not hash again. */
  #slots = new Uint32Array(FIRST_SLOTS * 2)
  readonly #chunks: Uint32Array[] = [new Uint32Array(FIRST_CHUNK)]
  /** Where the next name goes; no name begins at 0. */
  #tail = 1
  readonly #offsets = new Column()
  /** The free slot for the name that was last looked for in vain. */
  #slot = 0

  /** @param limit the most names */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    let bytes = this.#slots.byteLength + this.#offsets.bytes
    for (const chunk of this.#chunks) bytes += chunk.byteLength
    return bytes
  }

  /** The number of a name, or -1 where it has none. */
  find(name: string): number {
    const spelling = this.#spelling
    spelling.spell(name)
    const { hash, length, words } = spelling
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (hash << 1) & mask
    for (let begin = slots[slot] as number; begin !== 0; begin = slots[slot] as number) {
      if (slots[slot + 1] === hash) {
        const chunk = this.#chunks[begin >>> SHIFT] as Uint32Array
        const at = begin & (CHUNK - 1)
        if (isThere(chunk, at, words, length)) return chunk[at] as number
      }
      slot = (slot + 2) & mask
    }
    this.#slot = slot
    return -1
  }

  /** The number of a name; the next number if it is new; -1 if it is new and there is no room. */
  add(name: string): number {
    const known = this.find(name)
    if (known >= 0) return known
    const id = this.#size
    if (id >= this.#limit || this.#tail > MAX_WORDS) return -1
    const { hash, length, words } = this.#spelling
    const count = (length + 3) >>> 2
    this.#makeRoom(HEAD + count)
    const chunk = this.#chunks[this.#tail >>> SHIFT] as Uint32Array
    const at = this.#tail & (CHUNK - 1)
    chunk[at] = id
    chunk[at + 1] = length
    for (let i = 0; i < count; i++) chunk[at + HEAD + i] = words[i] as number
    this.#slots[this.#slot] = this.#tail
    this.#slots[this.#slot + 1] = hash
    this.#offsets.set(id, this.#tail)
    this.#tail += HEAD + count
    this.#size++
    if (this.#size * 8 > this.#slots.length * 3) this.#grow()
    return id
  }

  nameOf(id: number): string {
    const begin = this.#offsets.get(id)
    const chunk = this.#chunks[begin >>> SHIFT] as Uint32Array
    const at = begin & (CHUNK - 1)
    return readSpelling(new Uint8Array(chunk.buffer, (at + HEAD) * 4, chunk[at + 1]))
  }

  /** Moves the tail to where so many words fit in one chunk. */
  #makeRoom(words: number): void {
    const last = this.#chunks.length - 1
    const chunk = this.#chunks[last] as Uint32Array
    const start = this.#tail - last * CHUNK
    if (start + words <= chunk.length) return
    if (start + words <= CHUNK) {
      // Only the first chunk starts small: most searches of a small scope end within it.
      const wider = new Uint32Array(Math.min(CHUNK, Math.max(chunk.length * 4, start + words)))
      wider.set(chunk)
      this.#chunks[last] = wider
      return
    }
    this.#chunks.push(new Uint32Array(CHUNK))
    this.#tail = (last + 1) * CHUNK
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Uint32Array(old.length * 2)
    const mask = slots.length - 1
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue
      let slot = ((old[i + 1] as number) << 1) & mask
      while (slots[slot] !== 0) slot = (slot + 2) & mask
      slots[slot] = old[i] as number
      slots[slot + 1] = old[i + 1] as number
    }
    this.#slots = slots
  }
}

/** Whether the name at a place of a chunk is the one in the words. */
const isThere = (chunk: Uint32Array, at: number, words: Uint32Array, length: number): boolean => {
  if (chunk[at + 1] !== length) return false
  const count = (length + 3) >>> 2
  for (let i = 0; i < count; i++) if (chunk[at + HEAD + i] !== words[i]) return false
  return true
}

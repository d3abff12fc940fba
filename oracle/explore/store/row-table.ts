/** Rows of a chunk. */
const SHIFT = 10
const CHUNK = 1 << SHIFT
const FIRST_SLOTS = 1 << 10

/**
 * Rows of numbers, all of one width, each once, numbered in the order in which they are added: laid end to end, with an
 * open-addressing index of their numbers. Rows are compared in full.
 */
export class RowTable {
  readonly width: number
  readonly #limit: number
  readonly #chunks: Uint32Array[] = []
  #size = 0
  /** A row's number, plus one; 0 for none. */
  #slots = new Uint32Array(FIRST_SLOTS)

  /** @param limit the most rows */
  constructor(width: number, limit = Number.POSITIVE_INFINITY) {
    this.width = width
    this.#limit = Math.min(limit, 2 ** 31)
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#chunks.length * CHUNK * this.width * 4
  }

  /** The number of a row; the next number if it is new; -1 if it is new and there is no room. */
  add(row: Uint32Array): number {
    const { width } = this
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(row, 0, width) & mask
    for (let found = slots[slot] as number; found !== 0; found = slots[slot] as number) {
      if (this.#is(found - 1, row)) return found - 1
      slot = (slot + 1) & mask
    }
    const id = this.#size
    if (id >= this.#limit) return -1
    if ((id & (CHUNK - 1)) === 0) this.#chunks.push(new Uint32Array(CHUNK * width))
    const chunk = this.#chunks[id >>> SHIFT] as Uint32Array
    const at = (id & (CHUNK - 1)) * width
    for (let i = 0; i < width; i++) chunk[at + i] = row[i] as number
    slots[slot] = id + 1
    this.#size++
    if (this.#size * 2 > slots.length) this.#grow()
    return id
  }

  /** Copies a row to `into`. */
  read(id: number, into: Uint32Array): void {
    const { width } = this
    const chunk = this.#chunks[id >>> SHIFT] as Uint32Array
    const at = (id & (CHUNK - 1)) * width
    for (let i = 0; i < width; i++) into[i] = chunk[at + i] as number
  }

  #is(id: number, row: Uint32Array): boolean {
    const { width } = this
    const chunk = this.#chunks[id >>> SHIFT] as Uint32Array
    const at = (id & (CHUNK - 1)) * width
    for (let i = 0; i < width; i++) if (chunk[at + i] !== row[i]) return false
    return true
  }

  #grow(): void {
    const { width } = this
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.#size; id++) {
      const at = (id & (CHUNK - 1)) * width
      let slot = hashOf(this.#chunks[id >>> SHIFT] as Uint32Array, at, width) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
    this.#slots = slots
  }
}

const hashOf = (words: Uint32Array, at: number, width: number): number => {
  let hash = width
  for (let i = at; i < at + width; i++)
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ (words[i] as number), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

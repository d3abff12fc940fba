const SHIFT = 12
const CHUNK = 1 << SHIFT
const LAST = CHUNK - 1

/** A column of 32-bit numbers that grows by chunks: nothing is copied, and at most one chunk is partly empty. */
export class Column {
  readonly #chunks: Uint32Array[] = []

  get bytes(): number {
    return this.#chunks.length * CHUNK * 4
  }

  get(index: number): number {
    return (this.#chunks[index >>> SHIFT] as Uint32Array)[index & LAST] as number // asked only where set
  }

  /** Sets a number. Indices are first used in ascending order. */
  set(index: number, value: number): void {
    let chunk = this.#chunks[index >>> SHIFT]
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK)
      this.#chunks.push(chunk)
    }
    chunk[index & LAST] = value
  }
}

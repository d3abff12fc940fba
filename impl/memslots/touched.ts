/** Beyond so many, copying everything is no dearer than copying them one by one. */
const MAX_PARTS = 16_384

/**
 * Which parts of a memory were changed since another one was equal to it, so that the other can be made equal again by
 * copying them. Of an address space's two sets one is edited, and its copy then follows without being edited itself.
 *
 * Hot code writes into `parts` itself, at `count`, where `reserve` has made room.
 */
export class Touched {
  /** The parts by number, below `count`; some may be there twice. */
  parts: Int32Array = new Int32Array(256)
  count = 0
  /** Whether everything counts as changed: then `parts` tell nothing. */
  all = false

  /** Makes room for so many more parts, at most `MAX_PARTS`, and returns where to write them. */
  reserve(more: number): Int32Array {
    if (this.count + more > this.parts.length) this.#makeRoom(more)
    return this.parts
  }

  add(part: number): void {
    if (this.count === this.parts.length) this.#makeRoom(1)
    this.parts[this.count++] = part
  }

  addAll(): void {
    this.all = true
  }

  /** Whoever follows has followed. */
  clear(): void {
    this.count = 0
    this.all = false
  }

  #makeRoom(more: number): void {
    if (this.count + more > MAX_PARTS) {
      this.all = true
      this.count = 0
    }
    if (this.count + more <= this.parts.length) return
    const longer = new Int32Array(Math.max(2 * this.parts.length, this.count + more))
    longer.set(this.parts)
    this.parts = longer
  }
}

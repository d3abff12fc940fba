/** With more changed parts than this, copying everything costs no more than copying them one by one. */
const MAX_PARTS = 16_384

/**
 * Which parts of a memory have changed since its copy was equal to it. Copying these parts makes both equal again: of
 * an address space's two sets one is edited, and the other is brought up to date by copying instead of a second edit.
 *
 * Hot code writes into `parts` itself, at `count`, where `reserve` has made room.
 */
export class Touched {
  /** Numbers of the changed parts, the first `count` entries; a part may occur twice. */
  parts: Int32Array = new Int32Array(256)
  count = 0
  /** Whether everything counts as changed; then `parts` means nothing. */
  all = false

  /** Makes room for `more` parts, at most `MAX_PARTS`, and returns the array to write them into. */
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

  /** Nothing has changed any more: the copy has been brought up to date. */
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

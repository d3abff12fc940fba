const PAGE_BITS = 8
const PAGE = 1 << PAGE_BITS

/**
 * Numbers for slot ids 0..65535. A new id gets a free number, so arrays by number are never longer than the greatest
 * number of slots there has been. Only updates look slots up by id (kernel: `id_hash`), so this is not shared memory.
 * Two objects that see the same ids assigned and released in the same order give the same numbers.
 */
export class SlotNumbers {
  /** The number plus one, by id; 0 for none. In pages, since ids need not be dense; a Map would make garbage. */
  #pages: (Int32Array | undefined)[] = []
  #free = new Int32Array(8)
  #freed = 0
  #used = 0

  /** How many ids have a number. */
  get size(): number {
    return this.#used - this.#freed
  }

  /** The number of `id`, or −1. */
  of(id: number): number {
    const page = this.#pages[id >> PAGE_BITS]
    return page === undefined ? -1 : page[id & (PAGE - 1)]! - 1
  }

  /** The number that the next new id gets. */
  get next(): number {
    return this.#freed > 0 ? this.#free[this.#freed - 1]! : this.#used
  }

  /** Gives `id`, which has none, a number. */
  assign(id: number): number {
    let page = this.#pages[id >> PAGE_BITS]
    if (page === undefined) {
      page = new Int32Array(PAGE)
      // Filled without gaps: V8 is slower on arrays with holes.
      while (this.#pages.length <= id >> PAGE_BITS) this.#pages.push(undefined)
      this.#pages[id >> PAGE_BITS] = page
    }
    const number = this.#freed > 0 ? this.#free[--this.#freed]! : this.#used++
    page[id & (PAGE - 1)] = number + 1
    return number
  }

  /** Takes the number of `id` back and returns it. @throws Error if it has none */
  release(id: number): number {
    const number = this.of(id)
    if (number < 0) throw new Error(`slot ${id} has no number`)
    this.#pages[id >> PAGE_BITS]![id & (PAGE - 1)] = 0
    if (this.#freed === this.#free.length) {
      const larger = new Int32Array(2 * this.#freed)
      larger.set(this.#free)
      this.#free = larger
    }
    this.#free[this.#freed++] = number
    return number
  }
}

/**
 * Numbers for slot ids: each id that is in use has the least number that was free when it came, so that arrays by
 * number stay as short as the slots are many. Only whoever changes slots finds them by id (kernel: `id_hash`), so this
 * is not shared memory; two of them that see the same ids come and go in the same order give the same numbers.
 */
export class SlotNumbers {
  #byId = new Map<number, number>()
  #free: number[] = []
  #used = 0

  /** How many ids have a number. */
  get size(): number {
    return this.#byId.size
  }

  /** The number of `id`, or −1. */
  of(id: number): number {
    return this.#byId.get(id) ?? -1
  }

  /** The number that the next new id gets. */
  get next(): number {
    return this.#free.at(-1) ?? this.#used
  }

  /** Gives `id`, which has none, a number. */
  assign(id: number): number {
    const number = this.#free.pop() ?? this.#used++
    this.#byId.set(id, number)
    return number
  }

  /** Takes the number of `id` back and returns it. @throws Error if it has none */
  release(id: number): number {
    const number = this.#byId.get(id)
    if (number === undefined) throw new Error(`slot ${id} has no number`)
    this.#byId.delete(id)
    this.#free.push(number)
    return number
  }
}

/** Bits of a mask that stand for actors; the rest of an edge's word is the state it leads to. */
export const MOST_ACTORS = 26

/** Actors as bits, in the order in which they were first met. */
export class Actors {
  readonly #met: number[] = []

  get size(): number {
    return this.#met.length
  }

  actorOf(bit: number): number {
    const actor = this.#met[bit]
    if (actor === undefined) throw new Error(`no actor has bit ${bit}`) // bits are only given out by bitOf
    return actor
  }

  bitOf(actor: number): number {
    const bit = this.#met.indexOf(actor)
    if (bit >= 0) return bit
    if (this.#met.length === MOST_ACTORS) throw new Error(`more than ${MOST_ACTORS} actors`) // a system has a handful
    this.#met.push(actor)
    return this.#met.length - 1
  }
}

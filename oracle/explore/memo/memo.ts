import type { PartRead } from './part-read.js'

/** What is looked at next, and what was found to follow from each thing that is found there; or an answer. */
class Node<R> {
  /** Null where the answer is known. */
  look: PartRead | null = null
  answer: R | undefined = undefined
  readonly next: (Node<R> | undefined)[] = []
}

/** A fault of whoever wrote the function: it has a memory, or looks at what it was not given. */
const ELSEWHERE = 'a function of the state that found what it had found before looked elsewhere'

/**
 * The answers of a function of a state, by what it found where it looked, in the order in which it did.
 *
 * Nobody says what the function depends on: that is seen. A function without memory that finds the same goes on to look
 * in the same place, so the places form a tree, and two states that go down one path have one answer.
 */
export class Memo<R> {
  readonly #root = new Node<R>()
  #nodes = 1
  #answers = 0

  get nodes(): number {
    return this.#nodes
  }

  get answers(): number {
    return this.#answers
  }

  /** The answer for a state, undefined where it has not been worked out. */
  find(row: Uint32Array): R | undefined {
    let node = this.#root
    for (let { look } = node; look !== null; look = node.look) {
      const next = node.next[look.at(row[look.part] as number)]
      if (next === undefined) return undefined
      node = next
    }
    return node.answer
  }

  /** Enters what was answered for a state after all this had been looked at in it. */
  enter(row: Uint32Array, looked: readonly PartRead[], answer: R): R {
    let node = this.#root
    for (let i = 0; i < looked.length; i++) {
      const look = looked[i] as PartRead
      if (node.look !== look) {
        if (node.look !== null || node.answer !== undefined) throw new Error(ELSEWHERE)
        node.look = look
      }
      const value = look.at(row[look.part] as number)
      let next = node.next[value]
      if (next === undefined) {
        next = new Node<R>()
        node.next[value] = next
        this.#nodes++
      }
      node = next
    }
    if (node.look !== null) throw new Error(ELSEWHERE)
    node.answer = answer
    this.#answers++
    return answer
  }
}

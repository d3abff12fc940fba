/** A part that has been looked at, and what was found to follow from each of its values; or an answer. */
class Node<R> {
  /** The part that is looked at next; -1 where the answer is known. */
  part = -1
  answer: R | undefined = undefined
  readonly next: (Node<R> | undefined)[] = []
}

/** A fault of whoever wrote the function: it has a memory, or looks at what it was not given. */
const ELSEWHERE = 'a function of the state that found what it had found before looked elsewhere'

/**
 * The answers of a function of a state, by the values of the parts that it looked at, in the order in which it did.
 *
 * Nobody says what the function depends on: that is seen. A function without memory that finds the same values goes on
 * to look at the same part, so the parts looked at form a tree, and two states that go down one path have one answer.
 */
export class Recall<R> {
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
    while (node.part >= 0) {
      const next = node.next[row[node.part] as number]
      if (next === undefined) return undefined
      node = next
    }
    return node.answer
  }

  /** Enters what was answered for a state after these parts of it had been looked at. */
  enter(row: Uint32Array, looked: readonly number[], answer: R): R {
    let node = this.#root
    for (let i = 0; i < looked.length; i++) {
      const part = looked[i] as number
      if (node.part !== part) {
        if (node.part >= 0 || node.answer !== undefined) throw new Error(ELSEWHERE)
        node.part = part
      }
      const value = row[part] as number
      let next = node.next[value]
      if (next === undefined) {
        next = new Node<R>()
        node.next[value] = next
        this.#nodes++
      }
      node = next
    }
    if (node.part >= 0) throw new Error(ELSEWHERE)
    node.answer = answer
    this.#answers++
    return answer
  }
}

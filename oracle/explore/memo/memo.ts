import type { PartRead } from './part-read.js'

/** The read that comes next and a node for each number it may find; or an answer. */
class Node<R> {
  /** Null where the answer is known. */
  read: PartRead | null = null
  answer: R | undefined = undefined
  readonly next: (Node<R> | undefined)[] = []
}

/** The function is not one of the state alone: it keeps something between calls, or reads past the reader. */
const DEPENDS_ON_MORE = 'a memoised function read different parts although all its reads found the same'

/**
 * Memoises a function of a state by what the function reads.
 *
 * What the function depends on need not be declared; `PartReader` records it. A function of the state alone reads the
 * same part next if all its reads so far found the same. So the reads form a tree, and states on one path have one
 * answer.
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

  /** The answer for a state; undefined where it is not known yet. */
  find(row: Uint32Array): R | undefined {
    let node = this.#root
    for (let { read } = node; read !== null; read = node.read) {
      const next = node.next[read.at(row[read.part] as number)]
      if (next === undefined) return undefined
      node = next
    }
    return node.answer
  }

  /** Enters the answer for a state, with everything that was read for it. */
  enter(row: Uint32Array, reads: readonly PartRead[], answer: R): R {
    let node = this.#root
    for (let i = 0; i < reads.length; i++) {
      const read = reads[i] as PartRead
      if (node.read !== read) {
        if (node.read !== null || node.answer !== undefined) throw new Error(DEPENDS_ON_MORE)
        node.read = read
      }
      const value = read.at(row[read.part] as number)
      let next = node.next[value]
      if (next === undefined) {
        next = new Node<R>()
        node.next[value] = next
        this.#nodes++
      }
      node = next
    }
    if (node.read !== null) throw new Error(DEPENDS_ON_MORE)
    node.answer = answer
    this.#answers++
    return answer
  }
}

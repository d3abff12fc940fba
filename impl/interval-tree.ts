import { inserted, removed } from './interval-balance.js'
import { IntervalNodes, NIL } from './interval-nodes.js'

/**
 * A set of closed intervals of integers (0..2^53), each with a value: a balanced search tree ordered by (start, value)
 * whose nodes know the greatest end below them. It serves disjoint intervals (frames) and overlapping ones (host
 * pages, which slots may share) alike. The kernel keeps an rb-tree and an interval tree: `gfn_tree` and `hva_tree`
 * of `struct kvm_memslots`.
 */
export class IntervalTree {
  #nodes: IntervalNodes
  #root = NIL
  #size = 0

  /** @param capacity intervals to make room for at first; the default keeps a small tree's columns on V8's own heap */
  constructor(capacity = 7) {
    this.#nodes = new IntervalNodes(capacity)
  }

  /** How many intervals there are. */
  get size(): number {
    return this.#size
  }

  /** Adds `[start, last]`, both inclusive. No interval with the same start *and* value may be there. */
  insert(start: number, last: number, value: number): void {
    const leaf = this.#nodes.allocate(start, last, value)
    this.#root = inserted(this.#nodes, this.#root, leaf)
    this.#size++
  }

  /** Removes the interval of `value` that starts at `start`. @throws Error if there is none */
  remove(start: number, value: number): void {
    this.#root = removed(this.#nodes, this.#root, start, value)
    this.#size--
  }

  /** The value of the interval that holds `point`, or −1. Only for disjoint intervals. Allocates nothing. */
  find(point: number): number {
    const { start, last, left, right, value } = this.#nodes
    let node = this.#root
    while (node !== NIL) {
      if (point < start[node]!) node = left[node]!
      else if (point <= last[node]!) return value[node]!
      else node = right[node]!
    }
    return -1
  }

  /** The value of the last interval in order that starts at or before `point`, or −1. */
  floor(point: number): number {
    const { start, left, right, value } = this.#nodes
    let node = this.#root
    let best = -1
    while (node !== NIL) {
      if (start[node]! <= point) {
        best = value[node]!
        node = right[node]!
      } else node = left[node]!
    }
    return best
  }

  /** The value of the first interval in order that starts at or after `point`, or −1. */
  ceiling(point: number): number {
    const { start, left, right, value } = this.#nodes
    let node = this.#root
    let best = -1
    while (node !== NIL) {
      if (start[node]! >= point) {
        best = value[node]!
        node = left[node]!
      } else node = right[node]!
    }
    return best
  }

  /** Whether `test` holds of the value of some interval that meets `[start, last]`; asks in order, stops at the first. */
  some(start: number, last: number, test: (value: number) => boolean): boolean {
    return this.#some(this.#root, start, last, test)
  }

  /** Visits, in order, the value of every interval that meets `[start, last]`. */
  forEach(start: number, last: number, visit: (value: number) => void): void {
    this.#some(this.#root, start, last, value => {
      visit(value)
      return false
    })
  }

  #some(node: number, start: number, last: number, test: (value: number) => boolean): boolean {
    const nodes = this.#nodes
    // No interval below reaches `start` if their greatest end does not; NIL's never does.
    if (nodes.max[node]! < start) return false
    if (this.#some(nodes.left[node]!, start, last, test)) return true
    if (nodes.start[node]! > last) return false
    if (nodes.last[node]! >= start && test(nodes.value[node]!)) return true
    return this.#some(nodes.right[node]!, start, last, test)
  }

  /** The height of the tree, at most 1.44 log2(size + 2). */
  get height(): number {
    return this.#nodes.height[this.#root]!
  }
}

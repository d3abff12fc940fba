import { insertNode } from './insert.js'
import { ABSENT, bytesFor, IntervalNodes, type IntervalTreeHandle, NIL } from './nodes.js'
import { removeNode } from './remove.js'

export interface IntervalTreeOptions {
  /** Values 0..capacity − 1 have room at first. 8. */
  readonly capacity?: number
  /** Values are below this, however far the tree grows: 1..2^24. 65536. */
  readonly limit?: number
}

/** Nodes that `collect` has yet to come back to; at most one a level. */
const pending = new Int32Array(64)

/**
 * Closed intervals of integers 0..2^53 − 1, each of a value 0..limit − 1 that has no other: an AVL tree ordered by
 * (start, value) whose nodes know the greatest end below them, in shared memory. It serves disjoint intervals (frames)
 * and overlapping ones (host pages, which slots may share) alike, and is the authority for ranges, overlap, order and
 * neighbours. The kernel keeps an rb-tree and an interval tree: `gfn_tree` and `hva_tree` of `struct kvm_memslots`.
 *
 * One thread writes. Others `attach` to the `handle` and read while the writer leaves the tree alone; they never
 * change it. Growth replaces the buffer: `handle.buffer` is then another one, and a reader of the old one sees
 * `hasMoved`. Queries allocate nothing and do not recurse; they and the edits take O(log size).
 */
export class IntervalTree {
  #nodes: IntervalNodes
  // What queries read, without a way through `#nodes`. Arrays from the start, or V8 checks at every use what a field holds.
  #bounds: Float64Array = new Float64Array(0)
  #links: Int32Array = new Int32Array(0)
  #order: Int32Array = new Int32Array(0)
  #header: Int32Array = new Int32Array(0)

  private constructor(nodes: IntervalNodes) {
    this.#nodes = nodes
    this.#view()
  }

  /** An empty tree. @throws RangeError without memory */
  static create({ capacity = 8, limit = 65_536 }: IntervalTreeOptions = {}): IntervalTree {
    return new IntervalTree(IntervalNodes.create(capacity, limit))
  }

  /** The tree that another thread writes. */
  static attach(handle: IntervalTreeHandle): IntervalTree {
    return new IntervalTree(IntervalNodes.attach(handle))
  }

  /** Bytes of a tree of so many values. */
  static bytesFor(values: number): number {
    return bytesFor(values)
  }

  get handle(): IntervalTreeHandle {
    return this.#nodes.handle
  }

  /** Whether growth has replaced the memory this object reads. Only readers see it; they must attach anew. */
  get hasMoved(): boolean {
    return this.#nodes.hasMoved
  }

  /** How many intervals there are. */
  get size(): number {
    return this.#nodes.size
  }

  /** The greatest end of all intervals; −Infinity without any. */
  get greatestEnd(): number {
    const { bounds, root } = this.#nodes
    return bounds[(root << 2) | 2]!
  }

  /** Levels of the tree, at most 1.44 log2(size + 2). Walks the tree: for tests and reports. */
  get height(): number {
    return heightBelow(this.#nodes, this.#nodes.root)
  }

  /** Bytes of the buffer. */
  get bytes(): number {
    return this.#nodes.handle.buffer.byteLength
  }

  /**
   * Makes room for `value`, so that inserting it cannot fail. False, with nothing changed: at the limit, or no memory.
   */
  reserve(value: number): boolean {
    const nodes = this.#nodes
    if (value + 1 < nodes.up.length) return true
    const isReserved = nodes.reserve(value)
    this.#view()
    return isReserved
  }

  /** Whether `value`, for which there is room, has an interval. */
  has(value: number): boolean {
    return this.#nodes.up[value + 1] !== ABSENT
  }

  /**
   * Gives `value`, which has none, the interval `[start, last]`, both inclusive.
   * @throws Error if it has, or without room
   */
  insert(start: number, last: number, value: number): void {
    const { bounds } = this.#absent(value)
    const at = (value + 1) << 2
    bounds[at] = start
    bounds[at | 1] = last
    bounds[at | 2] = last
    insertNode(this.#nodes, value + 1, NIL)
  }

  /**
   * The same, of the `lengths[lengthAt]` integers from `starts[at]` on: for the hot path, where a double that is passed
   * to a function goes by way of the heap.
   *
   * @param guess the value of an interval that may be next to it in order, which saves the search for its place; or −1
   */
  insertExtent(
    value: number,
    starts: Float64Array,
    at: number,
    lengths: Float64Array,
    lengthAt: number,
    guess: number,
  ): void {
    const { bounds } = this.#absent(value)
    const own = (value + 1) << 2
    const start = starts[at]!
    const last = start + lengths[lengthAt]! - 1
    bounds[own] = start
    bounds[own | 1] = last
    bounds[own | 2] = last
    insertNode(this.#nodes, value + 1, guess + 1)
  }

  /** Takes every interval out, also where a thread has died that was changing the tree. */
  clear(): void {
    this.#nodes.clear()
  }

  /** Removes the interval of `value`. @throws Error if it has none */
  remove(value: number): void {
    const nodes = this.#nodes
    // Beyond the capacity `up` is undefined.
    if (!nodes.up[value + 1]) throw new Error(`${value} has no interval`)
    removeNode(nodes, value + 1)
  }

  /** The nodes, with room for `value`, which has no interval. */
  #absent(value: number): IntervalNodes {
    const nodes = this.#nodes
    if (value + 1 >= nodes.up.length && !this.reserve(value))
      throw new RangeError(`no room for an interval of ${value}`)
    if (nodes.up[value + 1] !== 0) throw new Error(`${value} has an interval`)
    return nodes
  }

  #view(): void {
    const { bounds, links, order, header } = this.#nodes
    this.#bounds = bounds
    this.#order = order
    this.#links = links
    this.#header = header
  }

  /** The value of the interval that holds `point`, or −1. Only for disjoint intervals. */
  find(point: number): number {
    const bounds = this.#bounds
    const links = this.#links
    let node = this.#header[0]!
    while (node !== 0) {
      const b = node << 2
      if (point < bounds[b]!) node = links[((node << 3) + 6) | 0]!
      else if (point <= bounds[b | 1]!) return node - 1
      else node = links[((node << 3) + 7) | 0]!
    }
    return -1
  }

  /** The value of the last interval in order that starts at or before `point`, or −1. */
  floor(point: number): number {
    const bounds = this.#bounds
    const links = this.#links
    let node = this.#header[0]!
    let best = 0
    while (node !== 0) {
      if (bounds[node << 2]! <= point) {
        best = node
        node = links[((node << 3) + 7) | 0]!
      } else node = links[((node << 3) + 6) | 0]!
    }
    return best - 1
  }

  /** The value of the last interval in order that meets `[start, last]`, or −1. Only for disjoint intervals. */
  lastIn(start: number, last: number): number {
    const bounds = this.#bounds
    const links = this.#links
    let node = this.#header[0]!
    let best = 0
    while (node !== 0) {
      // The side is computed, not branched on: the branch could not be predicted.
      const side = +(bounds[node << 2]! <= last)
      best += (node - best) * side
      node = links[((node << 3) + 6 + side) | 0]!
    }
    return bounds[(best << 2) | 1]! >= start ? best - 1 : -1
  }

  /**
   * Whether an interval meets the `lengths[lengthAt]` integers from `starts[at]` on. Only for disjoint intervals.
   *
   * @param guess the value of an interval that may be next to them in order, which saves the search; or −1
   */
  meetsExtent(
    starts: Float64Array,
    at: number,
    lengths: Float64Array,
    lengthAt: number,
    guess: number,
  ): boolean {
    const start = starts[at]!
    const last = start + lengths[lengthAt]! - 1
    const bounds = this.#bounds
    const order = this.#order
    const node = guess + 1
    const before = bounds[node << 2]! <= start ? node : order[node << 1]!
    const after = order[(before << 1) | 1]!
    if (before !== 0 && bounds[before << 2]! <= start && start < bounds[after << 2]!)
      return bounds[(before << 2) | 1]! >= start || bounds[after << 2]! <= last
    return this.lastIn(start, last) >= 0
  }

  /** The value of the first interval in order that starts at or after `point`, or −1. */
  ceiling(point: number): number {
    const bounds = this.#bounds
    const links = this.#links
    let node = this.#header[0]!
    let best = 0
    while (node !== 0) {
      if (bounds[node << 2]! >= point) {
        best = node
        node = links[((node << 3) + 6) | 0]!
      } else node = links[((node << 3) + 7) | 0]!
    }
    return best - 1
  }

  /** The value of the first interval in order that meets `[start, last]`, or −1. */
  first(start: number, last: number): number {
    return firstBelow(this.#bounds, this.#links, this.#header[0]!, start, last)
  }

  /** The value of the next interval in order, after that of `value`, that meets `[start, last]`, or −1. */
  after(value: number, start: number, last: number): number {
    const bounds = this.#bounds
    const links = this.#links
    const from = value + 1
    const key = bounds[from << 2]!
    let depth = 0
    let node = this.#header[0]!
    while (node !== 0) {
      const own = bounds[node << 2]!
      const isLater = own > key || (own === key && node > from)
      if (isLater) pending[depth++] = node
      node = links[((node << 3) + (isLater ? 6 : 7)) | 0]!
    }
    // What follows in order: the last node from which the way went left, its right subtree, the one before it, ...
    while (depth > 0) {
      node = pending[--depth]!
      if (bounds[node << 2]! > last) return -1
      if (bounds[(node << 2) | 1]! >= start) return node - 1
      const right = links[((node << 3) + 7) | 0]!
      if (bounds[(right << 2) | 2]! >= start) return firstBelow(bounds, links, right, start, last)
    }
    return -1
  }

  /**
   * Writes the values of all intervals that meet `[start, last]` into `into`, in order, and returns how many there are:
   * if more than fit, the rest is left out.
   */
  collect(start: number, last: number, into: Int32Array): number {
    const bounds = this.#bounds
    const links = this.#links
    let node = this.#header[0]!
    if (!(bounds[(node << 2) | 2]! >= start)) return 0
    const room = into.length
    let count = 0
    let depth = 0
    for (;;) {
      for (;;) {
        const left = links[((node << 3) + 6) | 0]!
        if (!(bounds[(left << 2) | 2]! >= start)) break
        pending[depth++] = node
        node = left
      }
      for (;;) {
        if (bounds[node << 2]! > last) return count
        if (bounds[(node << 2) | 1]! >= start) {
          if (count < room) into[count] = node - 1
          count = (count + 1) | 0
        }
        const right = links[((node << 3) + 7) | 0]!
        if (bounds[(right << 2) | 2]! >= start) {
          node = right
          break
        }
        if (depth === 0) return count
        node = pending[--depth]!
      }
    }
  }
}

/**
 * The first in order that meets `[start, last]`, of the intervals at and below `top`, or −1. If some interval on the
 * left reaches `start` and none of those meets, then the first of them begins beyond `last`, and so do all that follow.
 */
function firstBelow(
  bounds: Float64Array,
  links: Int32Array,
  top: number,
  start: number,
  last: number,
): number {
  let node = top
  while (bounds[(node << 2) | 2]! >= start) {
    const left = links[((node << 3) + 6) | 0]!
    if (bounds[(left << 2) | 2]! >= start) node = left
    else if (bounds[node << 2]! > last) return -1
    else if (bounds[(node << 2) | 1]! >= start) return node - 1
    else node = links[((node << 3) + 7) | 0]!
  }
  return -1
}

function heightBelow(nodes: IntervalNodes, node: number): number {
  if (node === NIL) return 0
  const { links } = nodes
  return (
    1 + Math.max(heightBelow(nodes, links[(node << 3) + 6]!), heightBelow(nodes, links[(node << 3) + 7]!))
  )
}

/** Index of "no node": its height is 0 and its max lies below every number, so it needs no special cases. */
export const NIL = 0

/**
 * The nodes of an interval tree as columns of typed arrays, linked by index: no objects to collect, and ready to live
 * in shared memory. Freed nodes form a list through `left`.
 */
export class IntervalNodes {
  /** First point of the interval. */
  start: Float64Array
  /** Last point of the interval, inclusive. */
  last: Float64Array
  /** Greatest `last` in the subtree. */
  max: Float64Array
  /** What the interval belongs to: a slot id. */
  value: Int32Array
  left: Int32Array
  right: Int32Array
  /** Height of the subtree; a leaf has 1. */
  height: Int8Array

  #used = 1
  #free = NIL

  /** @param capacity nodes to make room for at first; more is made when they are used up */
  constructor(capacity: number) {
    this.start = new Float64Array(capacity + 1)
    this.last = new Float64Array(capacity + 1)
    this.max = new Float64Array(capacity + 1)
    this.value = new Int32Array(capacity + 1)
    this.left = new Int32Array(capacity + 1)
    this.right = new Int32Array(capacity + 1)
    this.height = new Int8Array(capacity + 1)
    this.max[NIL] = Number.NEGATIVE_INFINITY
  }

  /** Makes a leaf and returns its index. */
  allocate(start: number, last: number, value: number): number {
    let node = this.#free
    if (node !== NIL) this.#free = this.left[node]!
    else {
      if (this.#used === this.start.length) this.#grow()
      node = this.#used++
    }
    this.start[node] = start
    this.last[node] = last
    this.max[node] = last
    this.value[node] = value
    this.left[node] = NIL
    this.right[node] = NIL
    this.height[node] = 1
    return node
  }

  /** Gives a node back; its index may be handed out again. */
  release(node: number): void {
    this.left[node] = this.#free
    this.#free = node
  }

  /** Whether the interval at `node` comes before the key (start, value). Starts may repeat, keys do not. */
  isBefore(node: number, start: number, value: number): boolean {
    const own = this.start[node]!
    return own < start || (own === start && this.value[node]! < value)
  }

  /** Recomputes height and max of `node` from its children. */
  pull(node: number): void {
    const { left, right, height, max } = this
    const l = left[node]!
    const r = right[node]!
    height[node] = 1 + Math.max(height[l]!, height[r]!)
    max[node] = Math.max(this.last[node]!, max[l]!, max[r]!)
  }

  #grow(): void {
    const length = this.start.length * 2
    this.start = grown(this.start, new Float64Array(length))
    this.last = grown(this.last, new Float64Array(length))
    this.max = grown(this.max, new Float64Array(length))
    this.value = grown(this.value, new Int32Array(length))
    this.left = grown(this.left, new Int32Array(length))
    this.right = grown(this.right, new Int32Array(length))
    this.height = grown(this.height, new Int8Array(length))
  }
}

function grown<T extends Float64Array | Int32Array | Int8Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}

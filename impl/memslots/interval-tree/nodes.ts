import { allocateShared, grownCapacity, requireShared } from '../../base/shared-buffer.js'

/**
 * The node that is none. Its `last` and `max` lie below every number and its `start` above, so that walks need no
 * special case for it; in order it comes after the last node and before the first.
 */
export const NIL = 0

/**
 * How a node's subtrees lean, in the two low bits of `up`: 0, as in fresh memory, is a value without an interval. Hot
 * code has these written out, for a constant that is imported is a load.
 */
export const ABSENT = 0
export const LEFT = 1
export const EVEN = 2
export const RIGHT = 3

/** Words of the header. */
const ROOT = 0
const SIZE = 1
const CAPACITY = 2
const LIMIT = 3
const MOVED = 4

const HEADER_BYTES = 64
const NODE_BYTES = 32
const ORDER_BYTES = 8
const UP_BYTES = 4

/** What another thread needs to read the tree; survives `postMessage`. */
export interface IntervalTreeHandle {
  readonly buffer: SharedArrayBuffer
}

/**
 * The nodes of an interval tree in one SharedArrayBuffer, linked by number. The node of value `v` is number `v + 1`, so
 * a value has at most one interval, and needs no allocation and no search.
 *
 * ```text
 * header   64 bytes: root, number of intervals, capacity, limit, whether a larger buffer has replaced this one
 * node     32 bytes: start, last, max (greatest `last` at or below) as doubles; left, right as 32-bit integers
 * order    8 bytes a node: numbers of the nodes before and after it in order
 * up       4 bytes a node: number of the parent, and in the two low bits the lean
 * ```
 *
 * A node's fields share a cache line: a walk that goes to memory goes once a node.
 */
export class IntervalNodes {
  // Arrays from the start, or V8 checks at every use what the field holds.
  /** `start`, `last`, `max` of node `n` at `4n`, `4n + 1`, `4n + 2`. */
  bounds: Float64Array = new Float64Array(0)
  /** `left`, `right` of node `n` at `8n + 6`, `8n + 7`. */
  links: Int32Array = new Int32Array(0)
  /** The nodes before and after node `n` in order, at `2n`, `2n + 1`. */
  order: Int32Array = new Int32Array(0)
  /** `parent << 2 | lean` of node `n`. */
  up: Int32Array = new Int32Array(0)
  /** The number of the root comes first. */
  header: Int32Array = new Int32Array(0)
  #buffer!: SharedArrayBuffer

  private constructor(buffer: SharedArrayBuffer) {
    this.#view(buffer)
  }

  /** @param capacity values to make room for at first @param limit values that there may ever be */
  static create(capacity: number, limit: number): IntervalNodes {
    const first = Math.min(capacity, limit)
    const buffer = requireShared(bytesFor(first))
    const header = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    header[CAPACITY] = first
    header[LIMIT] = limit
    const nodes = new IntervalNodes(buffer)
    nodes.clear()
    return nodes
  }

  static attach({ buffer }: IntervalTreeHandle): IntervalNodes {
    return new IntervalNodes(buffer)
  }

  get handle(): IntervalTreeHandle {
    return { buffer: this.#buffer }
  }

  /** Takes every interval out, whatever is in the nodes. */
  clear(): void {
    const { bounds, links, order, up } = this
    this.root = NIL
    this.size = 0
    up.fill(0)
    bounds[0] = Number.POSITIVE_INFINITY
    bounds[1] = Number.NEGATIVE_INFINITY
    bounds[2] = Number.NEGATIVE_INFINITY
    links.fill(NIL, 6, 8)
    order.fill(NIL, 0, 2)
  }

  get root(): number {
    return this.header[ROOT]!
  }

  set root(node: number) {
    this.header[ROOT] = node
  }

  get size(): number {
    return this.header[SIZE]!
  }

  set size(count: number) {
    this.header[SIZE] = count
  }

  /** Whether growth has replaced the buffer that these views show. */
  get hasMoved(): boolean {
    return Atomics.load(this.header, MOVED) !== 0
  }

  /** Makes room for `value`. False, with nothing changed, at the limit or where memory is short. */
  reserve(value: number): boolean {
    const capacity = this.header[CAPACITY]!
    if (value < capacity) return true
    const larger = grownCapacity(capacity, value, this.header[LIMIT]!)
    const buffer = larger === 0 ? null : allocateShared(bytesFor(larger))
    if (buffer === null) return false
    const { bounds, order, up } = this
    const header = this.header
    new Int32Array(buffer, 0, header.length).set(header)
    this.#view(buffer, larger)
    this.bounds.set(bounds)
    this.order.set(order)
    this.up.set(up)
    Atomics.store(header, MOVED, 1)
    return true
  }

  #view(buffer: SharedArrayBuffer, capacity?: number): void {
    this.#buffer = buffer
    this.header = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    if (capacity !== undefined) this.header[CAPACITY] = capacity
    const nodes = this.header[CAPACITY]! + 1
    this.bounds = new Float64Array(buffer, HEADER_BYTES, nodes * (NODE_BYTES / 8))
    this.links = new Int32Array(buffer, HEADER_BYTES, nodes * (NODE_BYTES / 4))
    this.order = new Int32Array(buffer, HEADER_BYTES + nodes * NODE_BYTES, nodes * (ORDER_BYTES / 4))
    this.up = new Int32Array(buffer, HEADER_BYTES + nodes * (NODE_BYTES + ORDER_BYTES), nodes)
  }
}

/** Bytes of the nodes of so many values. */
export function bytesFor(capacity: number): number {
  return HEADER_BYTES + (capacity + 1) * (NODE_BYTES + ORDER_BYTES + UP_BYTES)
}

/** Recomputes the `max` of `node` from its own end and its children's. */
export function pull(bounds: Float64Array, links: Int32Array, node: number): void {
  const n = node << 2
  const left = links[((node << 3) + 6) | 0]! << 2
  const right = links[((node << 3) + 7) | 0]! << 2
  bounds[n | 2] = Math.max(bounds[n | 1]!, Math.max(bounds[left | 2]!, bounds[right | 2]!))
}

/** A run of frames that an update owes: accesses to them wait, or with `writesOnly` only those that write. */
export interface OwedFrames {
  readonly first: number
  readonly count: number
  readonly writesOnly: boolean
}

const FIELDS = 3
const RANGE_BYTES = FIELDS * Float64Array.BYTES_PER_ELEMENT
/** Ranges begin and end where slots do, in the set before or in the set after; there are at most 65 536 ids. */
const MAX_RANGES = 4 * 65_536
const FIRST_RANGES = 20

/**
 * The frames that are blocked while an update drains them. A VM makes one update at a time, so there is one list for
 * all its sets; how many of its ranges apply to a set is a word of the control block, published with the set.
 */
export class BlockedFrames {
  #buffer: ArrayBuffer | SharedArrayBuffer
  /** First frame, last frame, and 1 for writes only, range after range, ascending. */
  #ranges!: Float64Array

  private constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    this.#buffer = buffer
    this.#renew()
  }

  /** An empty list. Until it is shared it is an ordinary buffer, which is cheaper to make. */
  static create(): BlockedFrames {
    return new BlockedFrames(new ArrayBuffer(FIRST_RANGES * RANGE_BYTES))
  }

  static attach(buffer: SharedArrayBuffer): BlockedFrames {
    return new BlockedFrames(buffer)
  }

  /** The buffer for `attach`. No frame may be blocked at the first call. @throws RangeError without memory */
  share(): SharedArrayBuffer {
    if (this.#buffer instanceof SharedArrayBuffer) return this.#buffer
    const maxByteLength = MAX_RANGES * RANGE_BYTES
    const shared = new SharedArrayBuffer(this.#buffer.byteLength, { maxByteLength })
    this.#buffer = shared
    this.#renew()
    return shared
  }

  /** Makes room for `ranges` ranges; a few have room from the start. False, with nothing changed, without memory. */
  reserve(ranges: number): boolean {
    const needed = ranges * RANGE_BYTES
    if (needed <= this.#buffer.byteLength) return true
    const bytes = Math.min(2 * needed, MAX_RANGES * RANGE_BYTES)
    try {
      if (this.#buffer instanceof SharedArrayBuffer) this.#buffer.grow(bytes)
      else this.#buffer = new ArrayBuffer(bytes)
      this.#renew()
      return true
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }

  /** Writes the list, for which there is room. No reader may hold a set to which it applies. */
  set(owed: readonly OwedFrames[]): void {
    let at = 0
    for (const { first, count, writesOnly } of owed) {
      this.#ranges[at] = first
      this.#ranges[at + 1] = first + count - 1
      this.#ranges[at + 2] = writesOnly ? 1 : 0
      at += FIELDS
    }
  }

  /** Whether an access to frame `gfn` has to wait, by the first `count` ranges, at least one. Allocates nothing. */
  holds(count: number, gfn: number, writes: boolean): boolean {
    if (count * FIELDS > this.#ranges.length) this.#renew()
    const ranges = this.#ranges
    let low = 0
    let high = count
    // The last range that starts at or before the frame is at `low`, if there is one.
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (ranges[middle * FIELDS]! <= gfn) low = middle
      else high = middle
    }
    const at = low * FIELDS
    return ranges[at]! <= gfn && gfn <= ranges[at + 1]! && (writes || ranges[at + 2] === 0)
  }

  #renew(): void {
    this.#ranges = new Float64Array(this.#buffer, 0, this.#buffer.byteLength >> 3)
  }
}

import { allocateShared, grownCapacity, requireShared } from '../base/shared-buffer.js'
import { NO_LOG } from '../dirty/layout.js'
import { Touched } from './touched.js'

/** `log` of a slot without a dirty log. */
export { NO_LOG }

/** Words of the header. */
const CAPACITY = 0
const LIMIT = 1
const MOVED = 2

const HEADER_BYTES = 64
const HEADER_WORDS = HEADER_BYTES / 4
const BYTES_A_SLOT = 44

/** What another thread needs to read the columns; survives `postMessage`. */
export interface SlotColumnsHandle {
  readonly buffer: SharedArrayBuffer
}

/** A slot as the columns hold it: frames and host pages in pages, not bytes. */
export interface SlotFields {
  readonly id: number
  /** First frame. */
  readonly base: number
  readonly npages: number
  /** First host page. */
  readonly hva: number
  readonly flags: number
  /** The slot's dirty log, as `DirtyLogs` numbers it, or `NO_LOG`. */
  readonly log: number
  /** The generation published by the last update that created the slot or changed its base, size or hva. */
  readonly since: number
}

export interface SlotColumnsOptions {
  /** Slots 0..capacity − 1 have room at first. 8. */
  readonly capacity?: number
  /** Slot numbers are below this: 1..65536. 65536. */
  readonly limit?: number
}

/**
 * The slots of one set as columns by slot number, in one SharedArrayBuffer. A number whose `npages` is 0, as in fresh
 * memory, has no slot. Numbers are small and dense where ids need not be (see `SlotNumbers`): a set with the one slot
 * 32763 is as small as any with one slot.
 *
 * One thread writes; others `attach` and read while the writer leaves the columns alone. Growth replaces the views and
 * the handle's buffer; a reader of the old one sees `hasMoved`.
 */
export class SlotColumns {
  // Arrays from the start, or V8 checks at every use what the field holds.
  /**
   * First frame and number of pages of slot `n`, at `2n` and `2n + 1`: a lookup needs both, and they share a cache
   * line.
   */
  extents: Float64Array = new Float64Array(0)
  /** First host page. */
  hva: Float64Array = new Float64Array(0)
  /** The generation published by the last update that created the slot or changed its base, size or hva. */
  since: Float64Array = new Float64Array(0)
  /** The id by which userspace names the slot. */
  id: Int32Array = new Int32Array(0)
  /** Slot flags, as userspace gave them. */
  flags: Int32Array = new Int32Array(0)
  /** The slot's dirty log, as `DirtyLogs` numbers it, or `NO_LOG`. */
  log: Int32Array = new Int32Array(0)
  /** Numbers of the slots that edits have changed; of removed slots the bitwise complement. */
  readonly touched = new Touched()
  #header: Int32Array = new Int32Array(0)
  /** Header and columns as words, for copying. */
  #words: Int32Array = new Int32Array(0)
  #buffer!: SharedArrayBuffer

  private constructor(buffer: SharedArrayBuffer) {
    this.#view(buffer)
  }

  /** Columns without a slot. @throws RangeError without memory */
  static create({ capacity = 8, limit = 65_536 }: SlotColumnsOptions = {}): SlotColumns {
    const first = Math.min(capacity, limit)
    const buffer = requireShared(HEADER_BYTES + first * BYTES_A_SLOT)
    const header = new Int32Array(buffer, 0, HEADER_WORDS)
    header[CAPACITY] = first
    header[LIMIT] = limit
    return new SlotColumns(buffer)
  }

  /** The columns that another thread writes. */
  static attach({ buffer }: SlotColumnsHandle): SlotColumns {
    return new SlotColumns(buffer)
  }

  /** Bytes of columns of so many slots. */
  static bytesFor(slots: number): number {
    return HEADER_BYTES + slots * BYTES_A_SLOT
  }

  get handle(): SlotColumnsHandle {
    return { buffer: this.#buffer }
  }

  /** Whether growth has replaced the memory this object reads. Only readers see it; they must attach anew. */
  get hasMoved(): boolean {
    return Atomics.load(this.#header, MOVED) !== 0
  }

  /** Slots below this have room. */
  get capacity(): number {
    return this.#header[CAPACITY]!
  }

  /** Bytes of the buffer. */
  get bytes(): number {
    return this.#buffer.byteLength
  }

  /**
   * Makes room for slot `number`, so that `put` cannot fail. False, with nothing changed: at the limit, or no memory.
   */
  reserve(number: number): boolean {
    if (number < this.flags.length) return true
    const header = this.#header
    const larger = grownCapacity(header[CAPACITY]!, number, header[LIMIT]!)
    const buffer = larger === 0 ? null : allocateShared(HEADER_BYTES + larger * BYTES_A_SLOT)
    if (buffer === null) return false
    const { extents, hva, since, id, flags, log } = this
    new Int32Array(buffer, 0, header.length).set(header)
    this.#view(buffer, larger)
    this.extents.set(extents)
    this.hva.set(hva)
    this.since.set(since)
    this.id.set(id)
    this.flags.set(flags)
    this.log.set(log)
    Atomics.store(header, MOVED, 1)
    return true
  }

  /** Whether there is a slot `number`; any number may be asked for. */
  has(number: number): boolean {
    return this.extents[2 * number + 1]! > 0
  }

  /** Writes every column of slot `number`, for which there is room. `npages` is at least 1. */
  put(number: number, slot: SlotFields): void {
    const at = 2 * number
    this.extents[at] = slot.base
    this.extents[at + 1] = slot.npages
    this.hva[number] = slot.hva
    this.since[number] = slot.since
    this.id[number] = slot.id
    this.flags[number] = slot.flags
    this.log[number] = slot.log
    this.touched.add(number)
  }

  /** Takes slot `number` out. */
  clear(number: number): void {
    this.extents[2 * number + 1] = 0
    this.touched.add(~number)
  }

  /** Brings these columns up to date with `source`; the two were equal before it was edited, and are equally long. */
  follow(source: SlotColumns): void {
    const { touched } = source
    const words = this.#words
    const from = source.#words
    if (touched.all) words.set(from.subarray(HEADER_WORDS), HEADER_WORDS)
    else {
      const { parts, count } = touched
      const capacity = this.flags.length
      for (let i = 0; i < count; i++) {
        const part = parts[i]!
        if (part < 0) {
          const npages = HEADER_WORDS + 4 * ~part + 2
          words[npages] = 0
          words[npages + 1] = 0
        } else copySlot(words, from, capacity, part)
      }
    }
    touched.clear()
  }

  /** Makes these columns those of `source`, whatever is in them; they are equally long. */
  copy(source: SlotColumns): void {
    this.#words.set(source.#words.subarray(HEADER_WORDS), HEADER_WORDS)
    this.touched.clear()
    source.touched.clear()
  }

  #view(buffer: SharedArrayBuffer, capacity?: number): void {
    this.#buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#header = new Int32Array(buffer, 0, HEADER_WORDS)
    if (capacity !== undefined) this.#header[CAPACITY] = capacity
    const slots = this.#header[CAPACITY]!
    this.extents = new Float64Array(buffer, HEADER_BYTES, 2 * slots)
    this.hva = new Float64Array(buffer, HEADER_BYTES + slots * 16, slots)
    this.since = new Float64Array(buffer, HEADER_BYTES + slots * 24, slots)
    this.id = new Int32Array(buffer, HEADER_BYTES + slots * 32, slots)
    this.flags = new Int32Array(buffer, HEADER_BYTES + slots * 36, slots)
    this.log = new Int32Array(buffer, HEADER_BYTES + slots * 40, slots)
  }
}

/** Copies what the columns hold of slot `number`: of two words a slot the first four columns, of one the others. */
function copySlot(words: Int32Array, from: Int32Array, capacity: number, number: number): void {
  const extent = 16 + 4 * number
  words[extent] = from[extent]!
  words[extent + 1] = from[extent + 1]!
  words[extent + 2] = from[extent + 2]!
  words[extent + 3] = from[extent + 3]!
  const hva = 16 + 4 * capacity + 2 * number
  words[hva] = from[hva]!
  words[hva + 1] = from[hva + 1]!
  const since = hva + 2 * capacity
  words[since] = from[since]!
  words[since + 1] = from[since + 1]!
  const id = 16 + 8 * capacity + number
  words[id] = from[id]!
  const flags = id + capacity
  words[flags] = from[flags]!
  const log = flags + capacity
  words[log] = from[log]!
}

import { allocateShared, requireShared } from '../../base/shared-buffer.js'
import { Touched } from '../touched.js'

/** Bits of a frame number that a child resolves. */
export const CHILD_BITS = 7
export const CHILD_ENTRIES = 1 << CHILD_BITS

/**
 * An entry is a slot number (0..65535), a child (`CHILD` + word of its first entry), a cell (−unit, from −3 down),
 * EMPTY, or UNRESOLVED, if there was no memory for what is in the bucket. Hot code has these values written out: change
 * both.
 */
export const EMPTY = -1
export const UNRESOLVED = -2
export const CHILD = 1 << 30

/**
 * How `touched` names changed memory: a word by its number, which is below these bits; a cell by `CELL` and its first
 * word; a run of words by `RANGE` and the first of them, followed by the word after the last.
 */
export const CELL = 1 << 28
const RANGE = 1 << 29

/** Which ends of a slot lie in a node or bucket. */
export const FIRST_END = 1
export const LAST_END = 2

/** 2^−shift at `shift + CHILD_BITS`: a child's buckets may be less than a frame. */
export const SCALES = Float64Array.from({ length: 64 }, (_, i) => 2 ** (CHILD_BITS - i))

/** The root begins here: units 0 and 1 are the header. */
export const ROOT_UNIT = 2
export const ROOT_WORD = ROOT_UNIT * 8

/** Doubles of the header. */
export const LIMIT = 0
export const SCALE = 1
/** Words of the header. */
const ROOT_ENTRIES = 4
const NEXT = 5
const FREE_CELL = 6
const FREE_CHILD = 7
const COUNT = 8
const AGE = 9
const MOVED = 10
const MAX_UNITS = 11
const CRAMPED = 12
const ROOT_SHIFT = 13

/**
 * Root entries for each slot, at least; at most twice as many. With fewer, buckets are crowded; more fill the cache.
 */
const ENTRIES_A_SLOT = 4
const MIN_ROOT = 16

const UNIT_BYTES = 32
const HEADER_BYTES = ROOT_UNIT * UNIT_BYTES
/** A unit of its own before the entries holds how many slots the child is for. */
const CHILD_UNITS = 1 + CHILD_ENTRIES / 8

/** What another thread needs to read the directory, beside slot columns and tree; survives `postMessage`. */
export interface RadixDirectoryHandle {
  readonly buffer: SharedArrayBuffer
}

/**
 * The memory of a directory: one SharedArrayBuffer in units of 32 bytes, which are handed out one after the other and
 * come back into two lists, by size.
 *
 * ```text
 * header     limit: frames below it are resolved; scale: root entries a frame; then counters and lists
 * root       a power of two of 32-bit entries
 * cell       1 unit: 3 doubles, 4 slot numbers of 16 bits
 * child      1 unit: how many slots reach into it; then 128 entries
 * ```
 */
export class Arena {
  words: Int32Array = new Int32Array(0)
  doubles: Float64Array = new Float64Array(0)
  ids: Uint16Array = new Uint16Array(0)
  /** The words that edits have changed, those of the header apart; see `CELL`. */
  readonly touched = new Touched()
  /** The other arena of the pair, if there is one. Either both grow or neither does. */
  #twin: Arena | undefined
  #buffer!: SharedArrayBuffer

  private constructor(buffer: SharedArrayBuffer) {
    this.#view(buffer)
  }

  static create(bytes: number, maxBytes: number): Arena {
    const units = Math.max(Math.ceil(bytes / UNIT_BYTES), ROOT_UNIT + 4)
    const arena = new Arena(requireShared(units * UNIT_BYTES))
    arena.words[MAX_UNITS] = Math.max(units, Math.floor(maxBytes / UNIT_BYTES))
    return arena
  }

  static attach({ buffer }: RadixDirectoryHandle): Arena {
    return new Arena(buffer)
  }

  get handle(): RadixDirectoryHandle {
    return { buffer: this.#buffer }
  }

  get hasMoved(): boolean {
    return Atomics.load(this.words, MOVED) !== 0
  }

  get rootEntries(): number {
    return this.words[ROOT_ENTRIES]!
  }

  /** A bucket of the root has 2^rootShift frames. */
  get rootShift(): number {
    return this.words[ROOT_SHIFT]!
  }

  /** How many slots the directory knows. */
  get count(): number {
    return this.words[COUNT]!
  }

  set count(count: number) {
    this.words[COUNT] = count
  }

  /** A slot more, or one less (−1); returns the edits since the directory was last laid out. */
  countEdit(step: number): number {
    const { words } = this
    words[COUNT] = words[COUNT]! + step
    const edits = words[AGE]! + 1
    words[AGE] = edits
    return edits
  }

  /** Whether there are so many slots that the root should be twice as large, and could be. */
  get wantsLargerRoot(): boolean {
    const { words } = this
    const entries = words[ROOT_ENTRIES]!
    return words[COUNT]! * ENTRIES_A_SLOT >= entries && words[CRAMPED] === 0 && entries < this.doubles[LIMIT]!
  }

  /** Whether the root is much larger than its slots need, or reaches much farther than `greatestEnd`. */
  isFarTooLarge(greatestEnd: number): boolean {
    const { words, doubles } = this
    const entries = words[ROOT_ENTRIES]!
    return (
      (entries > MIN_ROOT && words[COUNT]! * 16 * ENTRIES_A_SLOT < entries) ||
      (doubles[LIMIT]! > 16 && (greatestEnd + 1) * 16 < doubles[LIMIT]!)
    )
  }

  /** Bytes in use, free lists included; the buffer may be longer. */
  get usedBytes(): number {
    return this.words[NEXT]! * UNIT_BYTES
  }

  /**
   * Drops all entries and lays out an empty root for frames below `limit`, smaller if there is no room for `entries`.
   */
  layOut(entries: number, limit: number): void {
    let size = entries
    while (size > 8 && !this.#ensure(ROOT_UNIT + size / 8)) size /= 2
    const { words, doubles } = this
    words[ROOT_ENTRIES] = size
    words[NEXT] = ROOT_UNIT + size / 8
    words[FREE_CELL] = 0
    words[FREE_CHILD] = 0
    words[COUNT] = 0
    words[AGE] = 0
    words[CRAMPED] = size < entries ? 1 : 0
    doubles[LIMIT] = limit
    doubles[SCALE] = size / limit
    words[ROOT_SHIFT] = Math.round(Math.log2(limit / size))
    words.fill(EMPTY, ROOT_WORD, ROOT_WORD + size)
    this.touched.addAll()
  }

  /** Makes two equal arenas grow together. */
  pair(twin: Arena): void {
    this.#twin = twin
    twin.#twin = this
  }

  /** Brings this arena up to date with `source`, its twin; the two were equal before edits. */
  follow({ words: from, touched }: Arena): void {
    const { words } = this
    if (touched.all) words.set(from.subarray(0, from[NEXT]! * 8))
    else {
      for (let i = NEXT; i <= AGE; i++) words[i] = from[i]!
      copyParts(words, from, touched)
    }
    touched.clear()
  }

  /** Makes this arena equal to `source`, its twin, whatever is in it. */
  copy({ words: from, touched }: Arena): void {
    this.words.set(from.subarray(0, from[NEXT]! * 8))
    this.touched.clear()
    touched.clear()
  }

  /** Writes `entry` into word `at`. */
  write(at: number, entry: number): void {
    this.words[at] = entry
    this.touched.add(at)
  }

  /** Writes `entry` into the words `from` to `to`, exclusive. */
  fill(from: number, to: number, entry: number): void {
    const { words, touched } = this
    // `TypedArray.fill` costs more to call than a few stores.
    if (to - from > 16) words.fill(entry, from, to)
    else for (let at = from; at < to; at++) words[at] = entry
    if (to - from < 4) for (let at = from; at < to; at++) touched.add(at)
    else {
      const parts = touched.reserve(2)
      const { count } = touched
      parts[count] = RANGE | from
      parts[count + 1] = to
      touched.count = count + 2
    }
  }

  /** A cell's unit, or 0 without room. May replace the views. */
  allocateCell(): number {
    return this.#allocate(FREE_CELL, 1)
  }

  releaseCell(unit: number): void {
    this.#release(FREE_CELL, unit)
  }

  /** The word of the first entry of a child whose entries are empty, or 0 without room. May replace the views. */
  allocateChild(): number {
    const unit = this.#allocate(FREE_CHILD, CHILD_UNITS)
    if (unit === 0) return 0
    const first = (unit + 1) * 8
    this.fill(first, first + CHILD_ENTRIES, EMPTY)
    return first
  }

  releaseChild(first: number): void {
    this.#release(FREE_CHILD, first / 8 - 1)
  }

  #allocate(list: number, units: number): number {
    const free = this.words[list]!
    if (free !== 0) {
      this.words[list] = this.words[free * 8]!
      return free
    }
    const unit = this.words[NEXT]!
    if (!this.#ensure(unit + units)) return 0
    this.words[NEXT] = unit + units
    return unit
  }

  #release(list: number, unit: number): void {
    this.write(unit * 8, this.words[list]!)
    this.words[list] = unit
  }

  /** Makes the buffer at least so many units long, by half as much again. */
  #ensure(units: number): boolean {
    const { words } = this
    const length = words.length / 8
    if (units <= length) return true
    const limit = words[MAX_UNITS]!
    if (units > limit) return false
    const longer = Math.min(limit, Math.max(units, Math.ceil(length * 1.5)))
    return this.#growTo(longer) || this.#growTo(units)
  }

  #growTo(units: number): boolean {
    const buffers = [this, this.#twin].map(it => it && allocateShared(units * UNIT_BYTES))
    if (buffers.includes(null)) return false
    const [own, twins] = buffers
    this.#moveTo(own!)
    if (twins) this.#twin!.#moveTo(twins)
    return true
  }

  #moveTo(buffer: SharedArrayBuffer): void {
    const { words } = this
    this.#view(buffer)
    this.words.set(words)
    Atomics.store(words, MOVED, 1)
  }

  #view(buffer: SharedArrayBuffer): void {
    this.#buffer = buffer
    this.words = new Int32Array(buffer)
    this.doubles = new Float64Array(buffer)
    this.ids = new Uint16Array(buffer)
  }
}

/** Entries of a root for so many slots. */
export function rootFor(slots: number): number {
  return powerOfTwo(Math.max(slots * ENTRIES_A_SLOT, MIN_ROOT))
}

/** The least power of two that is not below `n`, which is at least 1. */
export function powerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}

/** Bytes of a directory without slots. */
export const MIN_BYTES = HEADER_BYTES + MIN_ROOT * 4

/**
 * Bytes that suffice for so many slots wherever they lie. On each of seven levels a child has at least three ends of
 * slots, and a cell at least two.
 */
export function maxBytesFor(slots: number): number {
  const ends = 2 * slots
  const units = Math.ceil((7 * ends) / 3) * CHILD_UNITS + ends / 2
  return HEADER_BYTES + 2 * rootFor(slots) * 4 + units * UNIT_BYTES
}

function copyParts(words: Int32Array, from: Int32Array, { parts, count }: Touched): void {
  for (let i = 0; i < count; i++) {
    const part = parts[i]!
    if (part < 1 << 28) words[part] = from[part]!
    else if (part < 1 << 29) {
      const at = part & ~CELL
      words[at] = from[at]!
      words[at | 1] = from[at | 1]!
      words[at | 2] = from[at | 2]!
      words[at | 3] = from[at | 3]!
      words[at | 4] = from[at | 4]!
      words[at | 5] = from[at | 5]!
      words[at | 6] = from[at | 6]!
      words[at | 7] = from[at | 7]!
    } else {
      const at = part & ~RANGE
      const end = parts[++i]!
      // A call costs as much as some words.
      if (end - at > 256) words.set(from.subarray(at, end), at)
      else for (let word = at; word < end; word++) words[word] = from[word]!
    }
  }
}

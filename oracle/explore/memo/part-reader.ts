import type { ValueTable } from '../store/value-table.js'
import { PartRead } from './part-read.js'

/** A question that reads more entries of a part than this is taken to read the whole part. */
const MAX_ENTRIES = 6

/** Reads the parts of a state, and records which parts and entries a question reads. */
export class PartReader {
  readonly #tables: readonly ValueTable[]
  readonly #row: Uint32Array
  /** For each part: the read of the whole part, and the reads of its entries. */
  readonly #whole: readonly PartRead[]
  readonly #entries: readonly Map<string, PartRead>[]
  #reads: PartRead[] = []
  /**
   * For each part: the question that last read it whole, the question that last read an entry, and how many it read.
   */
  readonly #wholeAt: Int32Array
  readonly #entriesAt: Int32Array
  readonly #count: Int32Array
  readonly #readAt = new Map<PartRead, number>()
  #question = 0

  /** @param row the state that is read; its owner may change it between questions */
  constructor(tables: readonly ValueTable[], row: Uint32Array) {
    this.#tables = tables
    this.#row = row
    this.#whole = tables.map((table, part) => new PartRead(part, null, table))
    this.#entries = tables.map(() => new Map<string, PartRead>())
    this.#wholeAt = new Int32Array(tables.length)
    this.#entriesAt = new Int32Array(tables.length)
    this.#count = new Int32Array(tables.length)
  }

  /** Begins a question: forgets what was read. */
  begin(): void {
    this.#reads = []
    this.#question++
  }

  /** What the question has read so far, in order. */
  get reads(): readonly PartRead[] {
    return this.#reads
  }

  /** The value of a part, or of one of its entries. */
  readonly get = (part: number, key?: string): unknown => {
    const value = (this.#tables[part] as ValueTable).values[this.#row[part] as number]
    if (key === undefined) {
      this.#readWhole(part)
      return value
    }
    if (this.#wholeAt[part] !== this.#question) this.#readEntry(part, key)
    return (value as Record<string, unknown>)[key]
  }

  #readWhole(part: number): void {
    if (this.#wholeAt[part] === this.#question) return
    this.#wholeAt[part] = this.#question
    this.#reads.push(this.#whole[part] as PartRead)
  }

  #readEntry(part: number, key: string): void {
    const entries = this.#entries[part] as Map<string, PartRead>
    let read = entries.get(key)
    if (read === undefined) {
      read = new PartRead(part, key, this.#tables[part] as ValueTable)
      entries.set(key, read)
    }
    if (this.#readAt.get(read) === this.#question) return
    if (this.#entriesAt[part] !== this.#question) {
      this.#entriesAt[part] = this.#question
      this.#count[part] = 0
    }
    const count = (this.#count[part] as number) + 1
    if (count > MAX_ENTRIES) {
      this.#readWhole(part)
      return
    }
    this.#count[part] = count
    this.#readAt.set(read, this.#question)
    this.#reads.push(read)
  }
}

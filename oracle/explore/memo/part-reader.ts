import type { ValueTable } from '../store/value-table.js'
import { PartRead } from './part-read.js'

/** Who looks at more entries of a part than these is taken to look at all of it. */
const MAX_ENTRIES = 6

/** Stands at a state and tells its parts' values, noting the first look at each. */
export class PartReader {
  readonly #tables: readonly ValueTable[]
  readonly #row: Uint32Array
  /** Of each part: looking at all of it, and at entries. */
  readonly #whole: readonly PartRead[]
  readonly #entries: readonly Map<string, PartRead>[]
  #looked: PartRead[] = []
  /** For each part, the question in which it was last looked at as a whole, and how many entries of it since when. */
  readonly #wholeAt: Int32Array
  readonly #entriesAt: Int32Array
  readonly #count: Int32Array
  readonly #lookedAt = new Map<PartRead, number>()
  #question = 0

  /** @param row the state it stands at; whoever owns it may change it between one question and the next */
  constructor(tables: readonly ValueTable[], row: Uint32Array) {
    this.#tables = tables
    this.#row = row
    this.#whole = tables.map((table, part) => new PartRead(part, null, table))
    this.#entries = tables.map(() => new Map<string, PartRead>())
    this.#wholeAt = new Int32Array(tables.length)
    this.#entriesAt = new Int32Array(tables.length)
    this.#count = new Int32Array(tables.length)
  }

  /** Begins a question. */
  begin(): void {
    this.#looked = []
    this.#question++
  }

  /** What was looked at since, in order. */
  get looked(): readonly PartRead[] {
    return this.#looked
  }

  /** The value of a part, or of one of its entries. */
  readonly get = (part: number, key?: string): unknown => {
    const value = (this.#tables[part] as ValueTable).values[this.#row[part] as number]
    if (key === undefined) {
      this.#lookAtAll(part)
      return value
    }
    if (this.#wholeAt[part] !== this.#question) this.#lookAt(part, key)
    return (value as Record<string, unknown>)[key]
  }

  #lookAtAll(part: number): void {
    if (this.#wholeAt[part] === this.#question) return
    this.#wholeAt[part] = this.#question
    this.#looked.push(this.#whole[part] as PartRead)
  }

  #lookAt(part: number, key: string): void {
    const looks = this.#entries[part] as Map<string, PartRead>
    let look = looks.get(key)
    if (look === undefined) {
      look = new PartRead(part, key, this.#tables[part] as ValueTable)
      looks.set(key, look)
    }
    if (this.#lookedAt.get(look) === this.#question) return
    if (this.#entriesAt[part] !== this.#question) {
      this.#entriesAt[part] = this.#question
      this.#count[part] = 0
    }
    const count = (this.#count[part] as number) + 1
    if (count > MAX_ENTRIES) {
      this.#lookAtAll(part)
      return
    }
    this.#count[part] = count
    this.#lookedAt.set(look, this.#question)
    this.#looked.push(look)
  }
}

import type { ValueTable } from './value-table.js'

/** Stands at a state and tells its parts' values, noting the first look at each. */
export class Looker {
  readonly #tables: readonly ValueTable[]
  readonly #row: Uint32Array
  #looked: number[] = []
  #mask = 0

  /** @param row the state it stands at; whoever owns it may change it between one question and the next */
  constructor(tables: readonly ValueTable[], row: Uint32Array) {
    this.#tables = tables
    this.#row = row
  }

  /** Begins a question. */
  begin(): void {
    this.#looked = []
    this.#mask = 0
  }

  /** The parts looked at since, in order. */
  get looked(): readonly number[] {
    return this.#looked
  }

  readonly get = (part: number): unknown => {
    const bit = 1 << part
    if ((this.#mask & bit) === 0) {
      this.#mask |= bit
      this.#looked.push(part)
    }
    return (this.#tables[part] as ValueTable).values[this.#row[part] as number]
  }
}

import { identity } from '../../../spec/rewrite/index.js'
import type { ValueTable } from '../store/value-table.js'

/** A read of a part of a state, or of one entry of the part. What it finds is a number. */
export class PartRead {
  readonly part: number
  readonly #key: string | null
  readonly #values: ValueTable
  /** The number found, for each value of the part. */
  readonly #found: number[] = []
  readonly #numbers = new Map<string, number>()

  /** @param key the entry; null for the whole part */
  constructor(part: number, key: string | null, values: ValueTable) {
    this.part = part
    this.#key = key
    this.#values = values
  }

  /** The number found where the part has the value of this number. */
  at(value: number): number {
    return this.#key === null ? value : (this.#found[value] ?? this.#find(this.#key, value))
  }

  #find(key: string, value: number): number {
    const content = identity((this.#values.values[value] as Record<string, unknown>)[key])
    const number = this.#numbers.get(content) ?? this.#numbers.size
    this.#numbers.set(content, number)
    this.#found[value] = number
    return number
  }
}

/** The values that a part has had, numbered in the order in which they were first seen. */
export class ValueTable {
  readonly values: unknown[] = []
  readonly #byName = new Map<string | number, number>()

  /** The number of the value with this name; the first value of a name stands for all. */
  number(name: string | number, value: unknown): number {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const number = this.values.push(value) - 1
    this.#byName.set(name, number)
    return number
  }
}

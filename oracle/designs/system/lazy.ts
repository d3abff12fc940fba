/** How the entries of a kind of lazy object are read; one for each kind, so that all of a kind look alike to the engine. */
type Entries = PropertyDescriptorMap

class Lazy {
  readonly #read: (key: string) => unknown

  constructor(entries: Entries, read: (key: string) => unknown) {
    this.#read = read
    Object.defineProperties(this, entries)
  }

  static read(lazy: Lazy, key: string): unknown {
    return lazy.#read(key)
  }
}

const known = new Map<string, Entries>()

const entriesOf = (keys: readonly string[]): Entries => {
  const kind = keys.join()
  const before = known.get(kind)
  if (before !== undefined) return before
  const entries: Entries = {}
  for (const key of keys)
    entries[key] = {
      enumerable: true,
      get(this: Lazy) {
        return Lazy.read(this, key)
      },
    }
  known.set(kind, entries)
  return entries
}

/** An object like another, whose entries are read when they are looked at. They are its own, so that a copy has them all. */
export const lazyObject = <T extends object>(
  like: T,
  read: <K extends keyof T & string>(key: K) => T[K],
): T => new Lazy(entriesOf(Object.keys(like)), read as (key: string) => unknown) as unknown as T

/** An array whose elements are. */
export const lazyArray = <T>(length: number, read: (index: number) => T): readonly T[] => {
  const lazy: T[] = []
  for (let i = 0; i < length; i++) Object.defineProperty(lazy, i, { enumerable: true, get: () => read(i) })
  return lazy
}

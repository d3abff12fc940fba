/** The getters of the lazy objects with one set of keys: shared, so that V8 gives all of them one hidden class. */
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

/**
 * An object with the keys of `like`, each read from `read` on access. The keys are its own, so that a spread copies
 * all.
 */
export const lazyObject = <T extends object>(
  like: T,
  read: <K extends keyof T & string>(key: K) => T[K],
): T => new Lazy(entriesOf(Object.keys(like)), read as (key: string) => unknown) as unknown as T

/** An array whose elements are read from `read` on access. */
export const lazyArray = <T>(length: number, read: (index: number) => T): readonly T[] => {
  const lazy: T[] = []
  for (let i = 0; i < length; i++) Object.defineProperty(lazy, i, { enumerable: true, get: () => read(i) })
  return lazy
}

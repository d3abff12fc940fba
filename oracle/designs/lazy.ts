/** An object whose entries are read when they are looked at. They are its own, so that a copy has them all. */
export const lazyObject = <T extends object>(
  keys: readonly (keyof T & string)[],
  read: <K extends keyof T & string>(key: K) => T[K],
): T => {
  const lazy = {}
  for (const key of keys) Object.defineProperty(lazy, key, { enumerable: true, get: () => read(key) })
  return lazy as T
}

/** An array whose elements are. */
export const lazyArray = <T>(length: number, read: (index: number) => T): readonly T[] => {
  const lazy: T[] = []
  for (let i = 0; i < length; i++) Object.defineProperty(lazy, i, { enumerable: true, get: () => read(i) })
  return lazy
}

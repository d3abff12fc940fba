const known = new WeakMap<object, string>()

/** A key as it stands in a name: quoted where it could be taken for more than a key. */
const keyName = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))

const encodeObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(identity).join()}]`
  if (value instanceof Map) {
    return `M{${[...value]
      .map(([k, v]) => `${identity(k)}:${identity(v)}`)
      .sort()
      .join()}}`
  }
  if (value instanceof Uint8Array) return `B${value.join('.')}`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`a configuration holds a ${value.constructor.name}`) // it would have no entries, whatever it holds
  }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  return `{${entries
    .map(([k, v]) => `${keyName(k)}:${identity(v)}`)
    .sort()
    .join()}}`
}

/**
 * A canonical name of a value: equal for structurally equal values whatever the order of their keys, different for
 * different ones. Remembered per object, which is sound because configurations are never mutated, and cheap because
 * successors share every cell that a rule did not rewrite.
 *
 * @throws where the value is no data: a function, a symbol, an object of a class other than Map and Uint8Array.
 */
export const identity = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'object': {
      if (value === null) return 'null'
      const before = known.get(value)
      if (before !== undefined) return before
      const encoded = encodeObject(value)
      known.set(value, encoded)
      return encoded
    }
    case 'boolean':
    case 'undefined':
      return String(value)
    default:
      throw new Error(`a configuration holds a ${typeof value}`) // terms are data: functions and symbols never occur
  }
}

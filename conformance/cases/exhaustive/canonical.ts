import type { Seen } from '../../../spec/terms/result.js'
import type { Allowed } from '../case.js'

/** Fields that are left out: the kind, which follows from the rest, and a number that counts what came before on the VM. */
const LEFT_OUT = new Set(['is', 'generation'])

/** One text for equal values: keys in order, what is undefined left out, 64-bit values in hexadecimal. */
const canonical = (value: unknown): string => {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const fields = value as Readonly<Record<string, unknown>>
  const keys = Object.keys(fields).filter(key => fields[key] !== undefined && !LEFT_OUT.has(key))
  return `{${keys
    .sort()
    .map(key => `${key}:${canonical(fields[key])}`)
    .join()}}`
}

/**
 * An answer that was seen, in the words of an allowed one: equal texts exactly if it says all that is allowed, and
 * only that.
 */
export const canonicalSeen = (seen: Seen): string => canonical(seen)

/** The answers allowed to one operation. */
export const canonicalAllowed = (allowed: readonly Allowed[]): string =>
  allowed
    .map(one => canonical(one))
    .sort()
    .join('|')

/** A case's line in the digest of its block. */
export const outcomeLine = (id: string, answers: readonly string[]): string => `${id}\t${answers.join(';')}\n`

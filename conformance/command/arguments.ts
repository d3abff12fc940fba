import { InvalidArgumentError } from 'commander'

const whole = (text: string, least: number, what: string): number => {
  const n = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(n) || n < least) throw new InvalidArgumentError(`Expected ${what}.`)
  return n
}

/** A number of things: 1 or more. */
export const count = (text: string): number => whole(text, 1, 'a whole number of 1 or more')

/** The seed of everything random, 0 or more. */
export const seed = (text: string): number => whole(text, 0, 'a whole number of 0 or more')

export const percent = (text: string): number => {
  const n = whole(text, 0, 'a percentage of 0 to 100')
  if (n > 100) throw new InvalidArgumentError('Expected a percentage of 0 to 100.')
  return n
}

/** Seconds, more than none. */
export const seconds = (text: string): number => {
  const n = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(n > 0)) throw new InvalidArgumentError('Expected seconds, more than 0.')
  return n
}

/** Collects an option that may be given several times. */
export const repeated = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
]

import { createHash } from 'node:crypto'
import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

const DIGITS = 32

const Digest = new t.Type<string, string, unknown>(
  `digest of ${DIGITS} hexadecimal digits`,
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^[0-9a-f]{32}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

/**
 * What is kept of a block: a digest of its allowed outcomes, and, for the review of a change, how often each occurs.
 * Where some operation may be answered in several ways, `first` is the digest of the first answer allowed to each.
 */
export const FrozenBlockCodec = closed(
  'frozen block',
  { digest: Digest, outcomes: t.record(t.string, natural()) },
  { first: Digest },
)
export type FrozenBlock = t.TypeOf<typeof FrozenBlockCodec>

/** The first line of a family's file. */
export const FrozenHeadCodec = closed('head of frozen blocks', {
  family: t.string,
  count: natural(),
  block: natural(),
})

/** A digest of lines as `outcomeLine` makes them. */
export const digestOf = (lines: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const line of lines) hash.update(line)
  return hash.digest('hex').slice(0, DIGITS)
}

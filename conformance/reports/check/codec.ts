import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

const lines = t.readonlyArray(t.string)
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

export const DeviationReport = closed('deviation', {
  line: orNull(natural()),
  tid: natural(),
  operation: t.string,
  seen: t.string,
  allowed: lines,
  /** Every rule of the family, with the first premise that fails. */
  refuted: t.readonlyArray(
    closed('rule refuted', {
      rule: t.string,
      wouldExplain: t.boolean,
      premise: t.string,
      says: t.string,
      values: t.record(t.string, t.unknown),
    }),
  ),
  differences: closed('differences', { beforeToSeen: lines, seenToAllowed: lines, beforeToAllowed: lines }),
  cites: lines,
})
export type DeviationReport = t.TypeOf<typeof DeviationReport>

export const UnreadCodec = closed('input error', {
  line: orNull(natural()),
  path: t.string,
  found: t.string,
  expected: t.string,
})

export const CheckedFile = closed('checked file', {
  file: t.string,
  is: oneOf('conforms', 'deviates', 'inconclusive', 'spec-error', 'interrupted', 'unreadable'),
  calls: natural(),
  deviations: t.readonlyArray(DeviationReport),
  remarks: lines,
  /** The most states that were possible at once. */
  width: natural(),
  /** Why it could not be read. */
  error: orNull(UnreadCodec),
})
export type CheckedFile = t.TypeOf<typeof CheckedFile>

/** `memslot check --json` */
export const CheckReport = closed('check report', {
  schema: t.literal('memslot-check'),
  version: t.literal(1),
  files: t.readonlyArray(CheckedFile),
})
export type CheckReport = t.TypeOf<typeof CheckReport>

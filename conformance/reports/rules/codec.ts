import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { oneOf } from '../../../oracle/wire/scalars.js'

/** `memslot rules --json` */
export const RulesReport = closed('rules report', {
  schema: t.literal('memslot-rules'),
  version: t.literal(1),
  rules: t.readonlyArray(
    closed('rule', {
      id: t.string,
      kind: oneOf('call succeeds', 'call fails', 'internal', 'access', 'return'),
      says: t.string,
      cites: t.readonlyArray(t.string),
    }),
  ),
})
export type RulesReport = t.TypeOf<typeof RulesReport>

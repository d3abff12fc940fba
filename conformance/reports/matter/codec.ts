import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'
import { NOTICERS } from '../../mutation/rules/notice.js'

const NoticeCodec = closed('notice', {
  by: oneOf(...NOTICERS),
  /** The property, who is stuck, what is no longer seen, or what went wrong. */
  what: t.string,
  /** The world, or the company all of whose worlds tell it together. */
  world: t.string,
})

const MatterResultCodec = closed('change of the rules', {
  /** The rule, and behind a colon the premise. */
  id: t.string,
  kind: oneOf('dropped', 'negated'),
  noticedBy: t.union([NoticeCodec, t.null]),
})
export type MatterResult = t.TypeOf<typeof MatterResultCodec>

/** `memslot matter --json` */
export const MatterReportCodec = closed('rules that matter', {
  schema: t.literal('memslot-matter'),
  version: t.literal(1),
  mutants: t.readonlyArray(MatterResultCodec),
  noticed: natural(),
  /** Changes that were to be tried; fewer were where it was interrupted. */
  total: natural(),
  interrupted: t.boolean,
})
export type MatterReport = t.TypeOf<typeof MatterReportCodec>

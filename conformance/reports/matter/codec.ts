import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

/** How a change of the rules is caught, the strongest evidence first. */
export const NOTICED_BY = ['property', 'contradiction', 'missing', 'stuck'] as const

const NoticeCodec = closed('notice', {
  by: oneOf(...NOTICED_BY),
  /** The property that fails; where updater and vCPUs stand that cannot go on; the step no longer seen; or the error. */
  what: t.string,
  /** The world; for `missing` the workload, since it is missing in all its worlds. */
  world: t.string,
})
export type Notice = t.TypeOf<typeof NoticeCodec>

const MatterResultCodec = closed('change of the rules', {
  /** The rule; for a negated premise, a colon and its name after it. */
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

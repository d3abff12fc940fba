import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

const RecordedCostCodec = closed('cost', {
  design: t.string,
  calls: natural(),
  swaps: natural(),
  /** How often every vCPU is kicked out of the guest, in all updates together and in the one with the most. */
  kicks: natural(),
  mostKicks: natural(),
})
export type RecordedCost = t.TypeOf<typeof RecordedCostCodec>

const RecordedNeedsCodec = closed('recording', {
  file: t.string,
  /** Changes of one space that the recording made. */
  updates: natural(),
  costs: t.readonlyArray(RecordedCostCodec),
})
export type RecordedNeeds = t.TypeOf<typeof RecordedNeedsCodec>

/** `memslot designs --recorded FILE --json` */
export const RecordedReportCodec = closed('what designs need for recorded updates', {
  schema: t.literal('memslot-designs-recorded'),
  version: t.literal(1),
  recordings: t.readonlyArray(RecordedNeedsCodec),
})
export type RecordedReport = t.TypeOf<typeof RecordedReportCodec>

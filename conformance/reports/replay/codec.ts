import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'
import { DeviationReport } from '../check/codec.js'

/** `memslot replay --json` */
export const ReplayReport = closed('replay report', {
  schema: t.literal('memslot-replay'),
  version: t.literal(1),
  file: t.string,
  target: t.string,
  is: oneOf('conforms', 'deviates', 'inconclusive', 'spec-error', 'interrupted'),
  calls: natural(),
  deviations: t.readonlyArray(DeviationReport),
  remarks: t.readonlyArray(t.string),
  /** Whether every answer is the one recorded. */
  same: t.boolean,
  /** Operations answered otherwise than recorded, by their place in the trace. */
  differences: t.readonlyArray(
    closed('difference', { nth: natural(), operation: t.string, recorded: t.string, now: t.string }),
  ),
})
export type ReplayReport = t.TypeOf<typeof ReplayReport>
export type ReplayDifference = ReplayReport['differences'][number]

import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

const ExploreCellCodec = closed('cell', {
  design: t.string,
  /** Distinct states of the search. */
  states: natural(Number.MAX_SAFE_INTEGER),
  property: t.string,
  holds: t.union([t.boolean, t.literal('inconclusive')]),
  /** Steps of the shortest run that breaks it; null where there is none. */
  steps: t.union([natural(), t.null]),
})
export type ExploreCell = t.TypeOf<typeof ExploreCellCodec>

/** `memslot explore --json` */
export const ExploreReportCodec = closed('explore report', {
  schema: t.literal('memslot-explore'),
  version: t.literal(1),
  /** The update, as it was given. */
  scenario: t.string,
  states: natural(Number.MAX_SAFE_INTEGER),
  transitions: natural(Number.MAX_SAFE_INTEGER),
  /** `decided`: every property had failed before all states were seen. */
  ended: oneOf('complete', 'decided', 'limit', 'stopped'),
  cells: t.readonlyArray(ExploreCellCodec),
})
export type ExploreReport = t.TypeOf<typeof ExploreReportCodec>

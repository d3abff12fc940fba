import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

const lines = t.readonlyArray(t.string)

/** An answer of a target that a case does not allow, or that never came. */
export const CaseDeviationCodec = closed(
  'case deviation',
  {
    case: t.string,
    says: t.string,
    /** Index of the operation in the case. */
    at: natural(),
    operation: t.string,
    seen: t.string,
    allowed: lines,
    /** The verdict in words. */
    explanation: t.string,
    /** NDJSON, as `memslot replay` takes it. */
    trace: t.string,
  },
  /** What befell the target where it did not answer: crashed, hung, flooded, nonsense. */
  { fault: t.string },
)

export const CoverageCodec = closed('coverage', {
  rules: natural(),
  fired: natural(),
  polarities: natural(),
  reached: natural(),
  excluded: t.readonlyArray(closed('exclusion', { what: t.string, why: t.string })),
  missing: lines,
})
export type Coverage = t.TypeOf<typeof CoverageCodec>

/** Which blocks of the exhaustive families were run: all of them, those the filter names, or as many as were drawn. */
const BlocksCodec = closed('blocks', { run: natural(), of: natural(), cases: natural() }, { seed: natural() })
export type BlocksRun = t.TypeOf<typeof BlocksCodec>

const body = {
  target: t.string,
  total: natural(),
  passed: natural(),
  failed: natural(),
  skipped: natural(),
  seconds: t.number,
  interrupted: t.boolean,
  deviations: t.readonlyArray(CaseDeviationCodec),
  skips: t.readonlyArray(
    closed('skip', { reason: t.string, cases: natural() }, { ids: t.readonlyArray(t.string) }),
  ),
  coverage: t.union([CoverageCodec, t.null]),
}

/** `memslot conform --json` */
export const ConformReport = closed(
  'conform report',
  { schema: t.literal('memslot-conform'), version: t.literal(1), ...body },
  { blocks: BlocksCodec },
)
export type ConformReport = t.TypeOf<typeof ConformReport>
export type ReportedDeviation = ConformReport['deviations'][number]

import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

const lines = t.readonlyArray(t.string)

/** An answer that a case does not allow, or that never came. */
export const CaseDeviationCodec = closed(
  'case deviation',
  {
    /** Id of the case. */
    case: t.string,
    /** What the case shows, in a sentence. */
    says: t.string,
    /** Index of the operation in the case. */
    at: natural(),
    /** The operation, the answer, and the answers that are allowed, in words. */
    operation: t.string,
    seen: t.string,
    allowed: lines,
    /** The oracle's verdict on the same run, for people. */
    explanation: t.string,
    /** The run as a trace, NDJSON, as `memslot replay` takes it; empty where the deviation was not explained. */
    trace: t.string,
  },
  /** How the target failed, where it gave no answer: crashed, hung, flooded, nonsense. */
  { fault: t.string },
)
export type CaseDeviation = t.TypeOf<typeof CaseDeviationCodec>

/** Cases that were not asked, all for one reason. */
const SkipCodec = closed('skip', { reason: t.string, cases: natural() }, { ids: lines })
export type Skip = t.TypeOf<typeof SkipCodec>

/** How much of the specification the cases that were judged exercise. */
export const CoverageCodec = closed('coverage', {
  rules: natural(),
  fired: natural(),
  /** Premises of every rule, times two: each must be seen to hold and to fail. */
  polarities: natural(),
  reached: natural(),
  excluded: t.readonlyArray(closed('exclusion', { what: t.string, why: t.string })),
  missing: lines,
})
export type CoverageReport = t.TypeOf<typeof CoverageCodec>

/** Which blocks of the exhaustive families were run: all of them, those the filter names, or as many as were drawn. */
const BlocksCodec = closed('blocks', { run: natural(), of: natural(), cases: natural() }, { seed: natural() })

/** Whether it was judged that an update is one moment for who looks on. */
const AtomicityCodec = closed('atomicity', {
  /** `explorer`: of the specification itself. `not asked`: it could have been, and no such case was chosen. */
  is: t.union([t.literal('judged'), t.literal('not judged'), t.literal('not asked'), t.literal('explorer')]),
  /** By what, or why not: a sentence. */
  says: t.string,
})

const body = {
  /** Name of the target. */
  target: t.string,
  /** Cases: the sum of the three below. */
  total: natural(),
  passed: natural(),
  failed: natural(),
  skipped: natural(),
  seconds: t.number,
  interrupted: t.boolean,
  deviations: t.readonlyArray(CaseDeviationCodec),
  skips: t.readonlyArray(SkipCodec),
  /** Null where coverage was not measured. */
  coverage: t.union([CoverageCodec, t.null]),
}

/** `memslot conform --json` */
export const ConformReport = closed(
  'conform report',
  { schema: t.literal('memslot-conform'), version: t.literal(1), ...body },
  { blocks: BlocksCodec, atomicity: AtomicityCodec },
)
export type ConformReport = t.TypeOf<typeof ConformReport>

/** What a run of the suite found, without what the command adds. */
export type SuiteReport = Omit<ConformReport, 'schema' | 'version' | 'blocks'>

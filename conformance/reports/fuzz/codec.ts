import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { ConfigCodec } from '../../../oracle/wire/config.js'
import { OperationCodec } from '../../../oracle/wire/operation.js'
import { natural } from '../../../oracle/wire/scalars.js'

/** A way in which the target deviates, with the smallest sequence found that shows it. */
const FuzzDeviationCodec = closed('fuzz deviation', {
  /** Seed of the run and number of the sequence: together they draw it again. */
  seed: natural(),
  sequence: natural(),
  /** Operation, rule and kind of disagreement: what stayed the same while it was reduced. */
  signature: t.string,
  /** Sequences that failed in this way; 0 where it was met only while another failure was made small. */
  times: natural(),
  config: ConfigCodec,
  operations: t.readonlyArray(OperationCodec),
  explanation: t.string,
  /** The reduced run as NDJSON, which `replay` and `check` accept. */
  trace: t.string,
  /** Operations before the failure in the sequence as drawn, and in the reduced one; both include the failing one. */
  found: natural(),
  reduced: natural(),
  /** No operation can be taken out of it any more. */
  minimal: t.boolean,
  /** It failed again on a session of its own. */
  reproduced: t.boolean,
  /** Milliseconds from the start to the first time it was seen. */
  ms: t.number,
})
export type FuzzDeviation = t.TypeOf<typeof FuzzDeviationCodec>

const PremiseCodec = closed('premise coverage', { premise: t.string, held: natural(), failed: natural() })
const RuleCodec = closed('rule coverage', {
  rule: t.string,
  fired: natural(),
  premises: t.readonlyArray(PremiseCodec),
})

/** What a run of the fuzzer found and how much of the specification it exercised. */
export const FuzzReportCodec = closed(
  'fuzz report',
  {
    schema: t.literal('memslot-fuzz'),
    version: t.literal(1),
    target: closed('target', { name: t.string, version: t.string }),
    seed: natural(),
    sequences: natural(),
    calls: natural(),
    /** Operations drawn that the target could not be asked. */
    discarded: natural(),
    /** Operations that the specification lets fail. */
    failing: natural(),
    seconds: t.number,
    deviations: t.readonlyArray(FuzzDeviationCodec),
    /** Rules within the target's reach: those that fired, and all. */
    rulesReached: natural(),
    rulesTotal: natural(),
    /** Sides of the premises of those rules, seen to hold or to fail: those that were seen, and all. */
    polaritiesReached: natural(),
    polaritiesTotal: natural(),
    /** Rules within reach that never fired, and sides of their premises that were never seen. */
    unreached: t.readonlyArray(t.string),
    rules: t.readonlyArray(RuleCodec),
    interrupted: t.boolean,
  },
  {
    /** Sequences that the target would not finish, by its reason. What it answered before was judged. */
    refused: t.record(t.string, natural()),
  },
)
export type FuzzReport = t.TypeOf<typeof FuzzReportCodec>

import * as t from 'io-ts'
import { closed, tagged } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

/** `within-noise`: only the median meets the target; `inconclusive`: nothing can be said. */
export const BENCH_VERDICTS = ['reached', 'within-noise', 'missed', 'inconclusive'] as const
export type BenchVerdict = (typeof BENCH_VERDICTS)[number]

export const EnvironmentCodec = closed('environment', {
  cpu: t.string,
  caches: t.readonlyArray(t.string),
  cores: natural(),
  node: t.string,
  platform: t.string,
  /** The load of the last minute before the run. */
  load: t.number,
  date: t.string,
})
export type Environment = t.TypeOf<typeof EnvironmentCodec>

const SpreadCodec = closed('quartiles', { low: t.number, median: t.number, high: t.number })
/** Median and quartiles of measurements. */
export type Spread = t.TypeOf<typeof SpreadCodec>

/**
 * What has to be reached. A ratio is the subject's time by its peer's, and must not exceed the bound; a rate is how often
 * the subject does its work in a second, and must not fall below it; a time is nanoseconds for one piece of work; a size
 * is bytes.
 */
const TargetCodec = tagged('target', 'of', {
  ratio: closed('target for a ratio', { of: t.literal('ratio'), atMost: t.number }),
  time: closed('target for a time', { of: t.literal('time'), atMost: t.number }),
  rate: closed('target for a rate', { of: t.literal('rate'), atLeast: t.number }),
  size: closed('target for a size', { of: t.literal('size'), atMost: t.number }),
})
export type Target = t.TypeOf<typeof TargetCodec>

const YardstickCodec = closed('yardstick', {
  /** The peer that the row's peer is compared with. */
  other: t.string,
  /** The median of their times' ratio in this run, and what it was where the target was set. */
  ratio: t.number,
  expected: t.number,
  /** Whether the two agree in the order of the peers, and to a factor of two. */
  holds: t.boolean,
})

const orNull = <A>(codec: t.Type<A, unknown, unknown>) => t.union([codec, t.null])

export const BenchRowCodec = closed(
  'row',
  {
    /** The name under which the benchmark is asked for. */
    bench: t.string,
    name: t.string,
    subject: t.string,
    /** The subject's median in `unit`; null where nothing was timed. */
    value: orNull(t.number),
    unit: oneOf('ns', '/s', 'bytes'),
    peer: orNull(t.string),
    /** The median of subject's time by peer's, round by round. */
    ratio: orNull(t.number),
    /** Quartiles of the ratio where there is a peer, else of the value. */
    spread: orNull(SpreadCodec),
    target: orNull(TargetCodec),
    /** Null where there is no target. */
    verdict: orNull(oneOf(...BENCH_VERDICTS)),
    rounds: natural(),
  },
  {
    /** Why nothing was timed. */
    remark: t.string,
    /** Whether the peers compare to each other as they should: if not, the verdict is `inconclusive`. */
    yardstick: YardstickCodec,
  },
)
export type BenchRow = t.TypeOf<typeof BenchRowCodec>

/** `memslot bench --json` */
export const BenchReportCodec = closed('bench report', {
  schema: t.literal('memslot-bench'),
  version: t.literal(1),
  environment: EnvironmentCodec,
  rows: t.readonlyArray(BenchRowCodec),
})
export type BenchReport = t.TypeOf<typeof BenchReportCodec>

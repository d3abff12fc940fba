import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

/** Something was seen that the specification excludes. */
const ViolationCodec = closed('violation', {
  /** The property that is violated, as the explorer names it; `turns`, `torn-section`; `broke` where a thread ended in an error. */
  property: t.string,
  says: t.string,
  /** Milliseconds from the start of the play. */
  ms: t.number,
})
export type Violation = t.TypeOf<typeof ViolationCodec>

const PlayCodec = closed('play', {
  play: t.string,
  seconds: t.number,
  /** Turns that each thread took. */
  turns: t.record(t.string, natural()),
  violations: t.readonlyArray(ViolationCodec),
  /** How many violations there were; of each thread's only the first few are listed. */
  count: natural(),
})
export type PlayResult = t.TypeOf<typeof PlayCodec>

const HistoriesCodec = closed('histories', {
  /** Histories that were recorded and judged by the oracle. */
  episodes: natural(),
  operations: natural(),
  /** Accesses that met a blocked page. */
  waits: natural(),
  /** Histories with too many explanations to judge. */
  inconclusive: natural(),
  seconds: t.number,
  deviations: t.readonlyArray(
    closed('history', {
      episode: natural(),
      /** The verdict, as text. */
      says: t.string,
      /** NDJSON, as `check` reads it. */
      trace: t.string,
    }),
  ),
})

export type HistoryResult = t.TypeOf<typeof HistoriesCodec>

/** Threads that were killed at random, and what the VM was recovered from. */
const KillsCodec = closed('kills', {
  writers: natural(),
  readers: natural(),
  /** How many of them died in no call, in one that was undone, in one that was finished, in a harvest. */
  none: natural(),
  undone: natural(),
  finished: natural(),
  marked: natural(),
})
export type Kills = t.TypeOf<typeof KillsCodec>

/** What a stress run did and saw. */
export const StressReportCodec = closed(
  'stress report',
  {
    schema: t.literal('memslot-stress'),
    version: t.literal(1),
    seed: natural(Number.MAX_SAFE_INTEGER),
    fault: t.union([t.string, t.null]),
    seconds: t.number,
    interrupted: t.boolean,
    plays: t.readonlyArray(PlayCodec),
    /** Null where none were recorded. */
    histories: t.union([HistoriesCodec, t.null]),
    /** Null where no thread was killed. */
    kills: t.union([KillsCodec, t.null]),
  },
  {
    /** The target that was asked by programs; absent where the threads are those of the built-in implementation. */
    target: t.string,
    /** Reads and fetches that found no slot: with single calls, between two of them. */
    holes: natural(),
    /** Plays that the target could not be asked, with the reason. */
    skipped: t.readonlyArray(closed('skipped play', { play: t.string, because: t.string })),
  },
)
export type StressReport = t.TypeOf<typeof StressReportCodec>

/** How many violations and deviating histories a run has. */
export const countViolations = ({ plays, histories }: StressReport): number =>
  plays.reduce((sum, { count }) => sum + count, histories?.deviations.length ?? 0)

import { seeded } from '../../../spec/generate/random.js'
import type { HistoryResult, PlayResult, Violation } from '../../reports/stress/codec.js'
import { configFor } from '../../targets/own-config.js'
import { sayTrouble } from '../../targets/run-program.js'
import type { Hello, Session, Target } from '../../targets/target.js'
import { drawScript, type Script, type Size, VCPUS } from './draw.js'
import { type ProgramPlay, programPlays } from './plays.js'
import { brokenBy, brokenIn, type History, holesIn, judgeHistory, runScript, traceOf } from './run-script.js'
import { type PlanFault, type Style, styleFor } from './style.js'

/** A run ends with so many histories that break a promise: one is enough to look at. */
const KEPT = 1
/**
 * Operations of a program, and frames of its slots: of one that is only watched, and of one that the oracle judges. There
 * the frames are few, so that a value whose place is not known is soon read or replaced.
 */
export const WATCHED = { operations: 3000, frames: 64 }
export const JUDGED = { operations: 300, frames: 4 }
/** One program in so many is judged by the oracle: in each round of plays others, so that a round is soon over. */
const JUDGED_EVERY = 2

export interface ProgramsOptions {
  readonly target: Target
  readonly plays?: readonly ProgramPlay[]
  readonly seconds: number
  readonly seed: number
  /** A mistake that is put into how single calls change slots. */
  readonly fault?: PlanFault | null
  readonly stop?: AbortSignal | undefined
  /** Called with a history that deviates, when it has been judged. */
  readonly onDeviation?: ((deviation: DeviatingHistory) => Promise<void>) | undefined
  /** Called when a play begins, with how many violations there have been. */
  readonly onPlay?: (play: string, violations: number, accesses: number) => void
}

export type DeviatingHistory = HistoryResult['deviations'][number]

export interface ProgramsResult {
  readonly plays: readonly PlayResult[]
  readonly histories: HistoryResult
  /** Reads and fetches that found no slot. */
  readonly holes: number
  /** Plays that were not asked, with the reason. */
  readonly skipped: readonly { readonly play: string; readonly because: string }[]
}

/** How many accesses of a vCPU are asked beside one update, so that all threads are through at about the same time. */
export interface Pace {
  perUpdate: number
  /** The share of a watched program that is asked: a target that is slow is asked shorter ones. */
  share: number
}

/** Milliseconds that a program may take before the next is shorter. */
const MAX_MS = 4000
const MIN_SHARE = 1 / 16

/** How long a program took decides how long the next is. */
const adjustShare = (pace: Pace, ms: number): void => {
  const factor = ms > MAX_MS ? 1 / 2 : ms < MAX_MS / 4 ? 2 : 1
  pace.share = Math.min(1, Math.max(MIN_SHARE, pace.share * factor))
}

/** The updating thread was through early: more updates beside as many accesses; or the other way round. */
const adjust = (pace: Pace, busy: number): void => {
  const factor = busy < 0.8 ? 1 / 1.5 : busy > 0.97 ? 1.3 : 1
  pace.perUpdate = Math.min(100, Math.max(0.1, pace.perUpdate * factor))
}

/** About so many operations, by the pace. */
export const sizeOf = (
  { perUpdate }: Pick<Pace, 'perUpdate'>,
  { operations, frames }: { readonly operations: number; readonly frames: number },
): Size => {
  const updates = Math.max(4, Math.round(operations / (1 + VCPUS * perUpdate)))
  return { frames, updates, accesses: Math.max(4, Math.round(updates * perUpdate)) }
}

/** Why a target cannot be asked a play; null where it can. */
export const unfitFor = ({ features }: Hello, { needs }: ProgramPlay, style: Style): string | null => {
  const missing = ['threads', 'vcpu', ...style.needs, ...needs].find(need => !features.includes(need))
  return missing === undefined ? null : `no ${missing}`
}

/** What was found of one history. */
export interface Found {
  readonly violations: readonly Violation[]
  /** Null where the oracle was not asked. */
  readonly judged: 'conforms' | 'deviates' | 'inconclusive' | null
  /** What the oracle says of one that deviates. */
  readonly says: string
}

/** What a history breaks: told by the values, and where the oracle is asked, by the oracle. */
export const findIn = (script: Script, { records, trouble }: History, ms: number, judge: boolean): Found => {
  const told = script.schedule === undefined ? brokenIn(records) : [] // it follows slots by batches alone
  const broken = trouble === null ? told : [brokenBy(trouble, sayTrouble(trouble))]
  const violations = broken.map(one => ({ ...one, ms }))
  if (violations.length > 0 || !judge) return { violations, judged: null, says: '' }
  const { is, says, property } = judgeHistory(script, records)
  if (is === 'conforms' || is === 'inconclusive') return { violations, judged: is, says }
  return {
    violations,
    judged: 'deviates',
    says: `${property}: no order of what overlaps explains this answer\n${says}`,
  }
}

/** Runs the plays as programs of the protocol, round after round, until the time is over or enough was found. */
export const runPrograms = async (options: ProgramsOptions): Promise<ProgramsResult> => {
  const { target, plays = programPlays, seconds, seed, fault = null, stop, onDeviation, onPlay } = options
  const hello = await target.hello()
  const style = styleFor(hello, fault)
  const began = performance.now()
  const spent = () => performance.now() - began
  const tallies = plays.map(play => ({ play, ms: 0, updates: 0, accesses: 0, violations: [] as Violation[] }))
  const skipped = new Map<string, string>()
  for (const play of plays) {
    const because = unfitFor(hello, play, style)
    if (because !== null) skipped.set(play.id, because)
  }
  let [episodes, operations, waits, holes, inconclusive, judgeMs] = [0, 0, 0, 0, 0, 0]
  const deviations: DeviatingHistory[] = []
  const pace: Pace = { perUpdate: 4, share: 1 }
  const found = () => deviations.length + tallies.reduce((sum, { violations }) => sum + violations.length, 0)
  const done = () => tallies.reduce((sum, { accesses }) => sum + accesses, 0)
  let asked = 0
  // However late it begins, something is asked: else a busy machine would find nothing wrong with anything.
  const isLate = () => asked > 0 && spent() > seconds * 1000
  const isOver = () => stop?.aborted === true || found() >= KEPT || isLate()
  if (skipped.size === plays.length) return resultOf()

  const signal = stop ?? new AbortController().signal
  const config = configFor(hello, style.config)
  const session: Session = await target.open(config)
  try {
    for (let round = 0, drawn = 0; !isOver() && skipped.size < plays.length; round++) {
      for (const [at, tally] of tallies.entries()) {
        const { play } = tally
        if (isOver() || skipped.has(play.id)) continue
        onPlay?.(play.id, found(), done())
        const judge = (round + at) % JUDGED_EVERY === 0 && play.isJudged
        const { operations: most, without } = style.judged
        const size = judge
          ? { ...sizeOf(pace, { ...JUDGED, operations: most }), without }
          : sizeOf(pace, { ...WATCHED, operations: WATCHED.operations * pace.share })
        const script = { ...drawScript(play, size, seeded(seed, drawn++), style), config }
        const start = spent()
        const history = await runScript(session, script, signal)
        if (signal.aborted) break
        if (history.trouble?.kind === 'refused') {
          skipped.set(play.id, `refused: ${history.trouble.because}`)
          continue
        }
        asked++
        adjust(pace, history.busy)
        const end = spent()
        if (!judge) adjustShare(pace, end - start)
        const one = findIn(script, history, Math.round(end), judge)
        tally.ms += spent() - start
        tally.updates += size.updates
        tally.accesses += VCPUS * size.accesses
        tally.violations.push(...one.violations)
        holes += holesIn(history.records)
        waits += history.records.filter(({ ev }) => ev === 'access-wait').length
        if (one.judged !== null) {
          episodes++
          operations += script.threads.reduce((sum, ops) => sum + ops.length, 0)
          judgeMs += spent() - end
          if (one.judged === 'inconclusive') inconclusive++
        }
        const says =
          one.judged === 'deviates' ? one.says : one.violations.map(v => `${v.property}: ${v.says}`)[0]
        if (says === undefined) continue
        const deviation = { episode: drawn - 1, says, trace: traceOf(script, hello.name, history.records) }
        if (one.judged === 'deviates') deviations.push(deviation)
        await onDeviation?.(deviation)
      }
    }
  } finally {
    await session.close().catch(() => {}) // everything has been heard
  }
  return resultOf()

  function resultOf(): ProgramsResult {
    return {
      plays: tallies
        .filter(({ play }) => !skipped.has(play.id))
        .map(({ play, ms, updates, accesses, violations }) => ({
          play: play.id,
          seconds: ms / 1000,
          turns: { updater: updates, vcpus: accesses },
          violations,
          count: violations.length,
        })),
      histories: { episodes, operations, waits, inconclusive, seconds: judgeMs / 1000, deviations },
      holes,
      skipped: [...skipped].map(([play, because]) => ({ play, because })),
    }
  }
}

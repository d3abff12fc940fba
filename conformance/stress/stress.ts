import { counted } from '../../spec/terms/counted.js'
import type { HistoryResult, Kills, PlayResult, StressReport } from '../reports/stress/codec.js'
import { implTarget } from '../targets/impl.js'
import type { Target } from '../targets/target.js'
import { faults } from './faults.js'
import { KILL, runKills } from './kill/run.js'
import { plays } from './plays/index.js'
import { programPlays } from './programs/plays.js'
import { type DeviatingHistory, runPrograms } from './programs/run.js'
import { PLAN_FAULTS } from './programs/style.js'
import { runPlay, threadFile } from './run-play.js'

export interface StressOptions {
  readonly seconds: number
  readonly seed: number
  /** Put into the updating thread; then only the play that must catch it is played, and ends with the first violation. */
  readonly fault?: string | undefined
  /** Threads are killed at random, and nothing else is played. */
  readonly kill?: boolean | undefined
  readonly stop?: AbortSignal | undefined
  /** Seconds spent, the play that runs, and violations so far. */
  readonly onProgress?: (seconds: number, what: string, violations: number) => void
  /** Called with the violations of a play when it is over, where it has any. */
  readonly onViolations?: (play: PlayResult) => void
  /** Called with a history that deviates, when it has been judged. */
  readonly onDeviation?: (deviation: DeviatingHistory) => Promise<void>
}

/** Milliseconds between two reports of progress. */
const TELL = 250
/** The share of the time in which histories are recorded: as long as a play. */
const HISTORIES = 'histories'

/** Tells progress while something goes on. */
const telling = async <A>(act: Promise<A>, tell: () => void): Promise<A> => {
  const timer = setInterval(tell, TELL)
  try {
    return await act
  } finally {
    clearInterval(timer)
  }
}

/** Real threads against one VM, play by play; and small histories of them, judged by the oracle. */
export const stress = async (options: StressOptions): Promise<StressReport> => {
  const { seconds, seed, stop, onProgress } = options
  const file = threadFile()
  if (file === null) throw new Error('the project has not been built') // the verb asks first
  const fault = faults.find(({ id }) => id === options.fault)
  const cast =
    options.kill === true ? [] : fault === undefined ? plays : plays.filter(({ id }) => id === fault.play)
  const each = fault === undefined ? seconds / (plays.length + 1) : seconds
  const began = performance.now()
  const spent = () => (performance.now() - began) / 1000
  const results: PlayResult[] = []
  let histories: HistoryResult | null = null
  let kills: Kills | null = null
  const tell = (what: string) => () =>
    onProgress?.(
      spent(),
      what,
      results.reduce((sum, { count }) => sum + count, histories?.deviations.length ?? 0),
    )

  for (const play of cast) {
    if (stop?.aborted === true) break
    const playing = runPlay(file, play, { seconds: each, seed, fault: fault?.id, stop })
    const played = await telling(playing, tell(play.id))
    results.push(played)
    if (played.count > 0) options.onViolations?.(played)
  }
  if (options.kill === true) {
    const killed = await telling(runKills({ seconds, seed, stop }), tell(KILL))
    kills = killed.kills
    results.push(killed.play)
    if (killed.play.count > 0) options.onViolations?.(killed.play)
  } else if (fault === undefined && stop?.aborted !== true) {
    const { onDeviation } = options
    const ran = await telling(
      runPrograms({ target: implTarget, seconds: each, seed, stop, onDeviation }),
      tell(HISTORIES),
    )
    histories = ran.histories
    for (const played of ran.plays) {
      if (played.count === 0) continue
      results.push(played)
      options.onViolations?.(played)
    }
  }
  return {
    schema: 'memslot-stress',
    version: 1,
    seed,
    fault: fault?.id ?? null,
    seconds: spent(),
    interrupted: stop?.aborted === true,
    plays: results,
    histories,
    kills,
  }
}

/** The plays as programs of the protocol, against any target whose threads can run at the same time. */
export const stressTarget = async (target: Target, options: StressOptions): Promise<StressReport> => {
  const { seconds, seed, stop, onDeviation, onProgress } = options
  const began = performance.now()
  const spent = () => (performance.now() - began) / 1000
  const { name } = await target.hello()
  const fault = PLAN_FAULTS.find(({ id }) => id === options.fault) ?? null
  const plays = programPlays.filter(({ id }) => fault === null || id === fault.play)
  const {
    plays: played,
    histories,
    holes,
    skipped,
  } = await runPrograms({
    ...{ target, plays, seconds, seed, fault: fault?.id ?? null, stop, onDeviation },
    onPlay: (play, violations, accesses) =>
      onProgress?.(
        spent(),
        `${play}, ${counted(Math.round(accesses / Math.max(spent(), 1)), 'access', 'accesses')} a second`,
        violations,
      ),
  })
  for (const play of played) if (play.count > 0) options.onViolations?.(play)
  return {
    schema: 'memslot-stress',
    version: 1,
    seed,
    fault: fault?.id ?? null,
    target: name,
    seconds: spent(),
    interrupted: stop?.aborted === true,
    plays: played,
    skipped,
    histories,
    holes,
    kills: null,
  }
}

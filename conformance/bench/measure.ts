import { giveWay } from '../give-way.js'
import type { Contender, InProcess } from './contender.js'

export interface MeasureOptions {
  readonly rounds: number
  /** How long each contender works in each round, at least. */
  readonly milliseconds: number
  readonly onRound: (round: number) => void
  readonly stop: AbortSignal
}

/** A contender warms up for as long as so many rounds: the compiler of Node needs a while for code of many parts. */
const WARM_UP_ROUNDS = 30
/** One that takes longer than a round should last warms up less often, but at least so often. */
const MIN_WARM_UPS = 5
/** What the contenders gave is kept where the compiler cannot prove that it is never read. */
let spent = 0
export const spentSoFar = (): number => spent

/**
 * Nanoseconds of processor time. Not of the clock on the wall: on a machine that others use as well, that one tells how
 * busy they were. What collector and compiler do meanwhile on other threads counts, as it should: it is work, too.
 */
const timed = ({ run, took }: InProcess, times: number): number => {
  if (took !== undefined) return took(times)
  const start = process.cpuUsage()
  spent = (spent + run(times)) | 0
  const { user, system } = process.cpuUsage(start)
  return (user + system) * 1000
}

/** How often the work must be done to last long enough, found while it warms up. */
const timesFor = (contender: InProcess, nanoseconds: number): number => {
  let times = 1
  for (;;) {
    const took = timed(contender, times)
    if (took >= nanoseconds) return times
    // Aims a little beyond, but at most eightfold: the first runs are slow and mislead.
    times = Math.ceil(times * Math.min(8, Math.max(1.2, (1.1 * nanoseconds) / Math.max(took, 1))))
  }
}

/**
 * Nanoseconds for one piece of work, by contender and round. In a round the contenders work one after the other, each
 * round beginning with another one, so that whatever disturbs the machine disturbs them alike.
 */
export const measure = async (
  contenders: readonly Contender[],
  { rounds, milliseconds, onRound, stop }: MeasureOptions,
): Promise<readonly (readonly number[])[]> => {
  const least = milliseconds * 1e6
  const times = contenders.map(() => 1)
  for (const [i, contender] of contenders.entries())
    if ('run' in contender) times[i] = timesFor(contender, least)
  const warm = contenders.map(() => 0)
  for (let round = 0; round < WARM_UP_ROUNDS && !stop.aborted; round++) {
    await giveWay() // an interruption is heard between rounds
    for (const [i, contender] of contenders.entries()) {
      if (!('run' in contender)) continue
      if (round >= MIN_WARM_UPS && (warm[i] as number) > WARM_UP_ROUNDS * least) continue
      const took = timed(contender, times[i] as number)
      warm[i] = (warm[i] as number) + took
      // Code that gets faster as it warms up has to be called more often.
      if (took < least) times[i] = timesFor(contender, least)
    }
  }
  const measured: number[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    await giveWay() // an interruption is heard between rounds
    if (stop.aborted) break
    for (let i = 0; i < contenders.length; i++) {
      const at = (i + round) % contenders.length
      const contender = contenders[at] as Contender // at lies within the contenders
      if (!('run' in contender)) {
        measured[at]?.push(contender.tells())
        continue
      }
      const took = timed(contender, times[at] as number)
      measured[at]?.push(took / (times[at] as number) / (contender.pieces ?? 1))
      // A contender that got faster works longer from the next round on.
      if (took < least) times[at] = timesFor(contender, least)
    }
    onRound(round + 1)
  }
  return measured
}

import { printRun } from '../../oracle/designs/print/run.js'
import { EDITS } from './edit.js'
import { predict } from './predict.js'
import type { KernelRecord, LeftOut, RaceRecord, TrialRecord } from './record.js'

/** Edits without which "never" is not said. */
export const MIN_EDITS = 100

/**
 * `seen`: what may be seen was. `unseen`: it may be, and was not. `never`: nothing may be seen, and nothing was.
 * `deviation`: something was seen that may not be. `inconclusive`: too little was tried.
 */
export type RaceVerdict = 'seen' | 'unseen' | 'never' | 'deviation' | 'inconclusive'

/** A trial, beside what the explorer allows. */
export interface JudgedTrial extends TrialRecord {
  readonly allowed: readonly string[]
  readonly verdict: RaceVerdict
  /** The shortest run that leads to a hole, as text; null where there is none. */
  readonly run: string | null
}

/** What came of the race on one kernel. */
export interface JudgedKernel extends KernelRecord {
  readonly target: string
  readonly trials: readonly JudgedTrial[]
  readonly leftOut: readonly LeftOut[]
}

const verdictOf = (
  { cpus }: KernelRecord,
  { edits, turns, outcomes }: TrialRecord,
  allowed: readonly string[],
): RaceVerdict => {
  const seen = Object.keys(outcomes)
  if (seen.some(outcome => !allowed.includes(outcome))) return 'deviation'
  if (seen.length > 0) return 'seen'
  if (cpus < 2 || edits < MIN_EDITS || turns === 0) return 'inconclusive'
  return allowed.length > 0 ? 'unseen' : 'never'
}

/** Judges a trial by what the explorer says of its edit; null where there is no such edit. */
export const judgeTrial = (kernel: KernelRecord, trial: TrialRecord): JudgedTrial | null => {
  const edit = EDITS.find(({ id }) => id === trial.edit)
  if (edit === undefined) return null
  const { run, outcomes } = predict(edit, { ...kernel, ...trial })
  return {
    ...trial,
    allowed: outcomes,
    verdict: verdictOf(kernel, trial, outcomes),
    run: run === null ? null : printRun(run),
  }
}

/** Judges the records of a program that raced; null where they do not begin with what ran them. */
export const judgeRace = (target: string, records: readonly RaceRecord[]): JudgedKernel | null => {
  const [kernel] = records
  if (kernel?.is !== 'kernel') return null
  const trials: JudgedTrial[] = []
  const leftOut: LeftOut[] = []
  for (const record of records) {
    if (record.is === 'left out') leftOut.push(record)
    if (record.is !== 'trial') continue
    const judged = judgeTrial(kernel, record)
    if (judged !== null) trials.push(judged)
    else leftOut.push({ is: 'left out', what: record.edit, because: 'there is no such edit' })
  }
  return { ...kernel, target, trials, leftOut }
}

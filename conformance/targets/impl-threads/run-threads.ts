import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { VmShare } from '../../../impl/index.js'
import type { Program, Schedule } from '../../../oracle/wire/program.js'
import { packageRoot } from '../../package-root.js'
import { TargetFailure, TargetRefusal } from '../target-error.js'
import { heard, waitingThreads } from '../waiting-threads.js'
import { clockOf, type FromThread, isUpdate, stopsOf, type ThreadJob } from './job.js'
import type { RecordedThread } from './merge-records.js'
import { takeTurns } from './take-turns.js'

/** Workers run compiled files, wherever they are started from. */
const THREAD = 'dist/conformance/targets/impl-threads/thread.js'

const file = join(packageRoot(), THREAD)
const waiting = waitingThreads(file)

/** A VM that threads are to share, and what of it they must know. */
export interface SharedVm {
  readonly share: VmShare
  readonly vcpus: readonly number[]
  readonly spaces: number
  /** The steps of updates, by name; null for the implementation's own. */
  readonly steps: readonly string[] | null
}

/** Milliseconds in which the threads of a program are through; those that are not wait without end. */
export const LIMIT = 15_000

/** What the threads answer; null where some have not within the limit. */
const inTime = async (
  answering: Promise<readonly FromThread[]>,
  turns: Promise<void>,
): Promise<readonly FromThread[] | null> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), LIMIT)
  })
  try {
    return await Promise.race([turns.then(() => answering), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Lets threads that stop take their turns; those that do not take none. */
const taking = async (
  schedule: Schedule,
  threads: Program['threads'],
  stops: readonly SharedArrayBuffer[] | null,
  answering: Promise<unknown>,
): Promise<void> => {
  if (stops === null || schedule === 'concurrent') return
  const byTid = new Map(threads.map(({ tid }, at) => [tid, stops[at] as SharedArrayBuffer])) // one for each
  await takeTurns(schedule, byTid, answering)
}

/**
 * Runs the threads of a program at the same time, each in a thread of its own.
 *
 * @throws TargetRefusal where the project has not been built
 * @throws TargetFailure where a thread ended in an error, or waited for another without end
 */
export const runThreads = async (
  { share, vcpus, spaces, steps }: SharedVm,
  { threads, schedule = [] }: Program,
  seed: number,
): Promise<readonly RecordedThread[]> => {
  if (!existsSync(file))
    throw new TargetRefusal('threads run compiled files, which are not there: npm run build')
  const clock = clockOf()
  const updating = threads.filter(({ ops }) => ops.some(isUpdate)).length
  const workers = threads.map(() => waiting.take())
  const stops = schedule === 'concurrent' ? null : threads.map(stopsOf)
  const answering = Promise.all(
    threads.map(({ ops }, at) => {
      const worker = workers[at] as Worker // one for each
      const answer = heard<FromThread>(worker)
      const job: ThreadJob = {
        ...{ share, vcpus, spaces, steps, clock, updating },
        ...{ operations: ops, threads: threads.length, seed: seed + at },
        stops: stops?.[at] ?? null,
      }
      worker.postMessage(job)
      return answer
    }),
  )
  const answers = await inTime(answering, taking(schedule, threads, stops, answering))
  const broken = answers?.find(answer => answer.kind === 'threw')
  if (answers === null || broken?.kind === 'threw') {
    await Promise.all(workers.map(worker => worker.terminate()))
    if (broken?.kind === 'threw') throw new TargetFailure('crashed', broken.why)
    throw new TargetFailure('hung', `its threads were not through in ${LIMIT / 1000} s`)
  }
  waiting.give(workers)
  return answers.flatMap((answer, at) =>
    answer.kind === 'done' ? [{ tid: threads[at]?.tid ?? 0, recorded: answer.recorded }] : [],
  )
}

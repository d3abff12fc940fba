import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { VmShare } from '../../../impl/index.js'
import type { Program } from '../../../oracle/wire/program.js'
import { packageRoot } from '../../package-root.js'
import { TargetFailure, TargetRefusal } from '../target-error.js'
import { clockOf, type FromThread, isUpdate, stopsOf, type ThreadJob } from './job.js'
import type { RecordedThread } from './merge-records.js'
import { takeTurns } from './take-turns.js'

/** Workers run compiled files, wherever they are started from. */
const THREAD = 'dist/conformance/targets/impl-threads/thread.js'

/** Threads that wait for a job: to start one takes longer than most programs. They do not keep the process alive. */
const idle: Worker[] = []

const threadFor = (file: string): Worker => {
  const worker = idle.pop() ?? new Worker(file)
  worker.ref()
  return worker
}

/** What a thread answers; that it threw, where it ended. */
const heard = (worker: Worker): Promise<FromThread> =>
  new Promise(resolve => {
    const hear = (answer: FromThread): void => {
      worker.off('message', hear)
      worker.off('error', died)
      worker.off('exit', died)
      resolve(answer)
    }
    const died = (why: unknown): void => hear({ kind: 'threw', why: `the thread ended: ${String(why)}` })
    worker.on('message', hear)
    worker.on('error', died)
    worker.on('exit', died)
  })

/** A VM that threads are to share, and what of it they must know. */
export interface SharedVm {
  readonly share: VmShare
  readonly vcpus: readonly number[]
  readonly spaces: number
  /** The steps of updates, by name; null for the implementation's own. */
  readonly steps: readonly string[] | null
}

/**
 * Runs the threads of a program at the same time, each in a thread of its own.
 *
 * @throws TargetRefusal where the project has not been built
 * @throws TargetFailure where a thread ended in an error
 */
export const runThreads = async (
  { share, vcpus, spaces, steps }: SharedVm,
  { threads, schedule = [] }: Program,
  seed: number,
): Promise<readonly RecordedThread[]> => {
  const file = join(packageRoot(), THREAD)
  if (!existsSync(file))
    throw new TargetRefusal('threads run compiled files, which are not there: npm run build')
  const clock = clockOf()
  const updating = threads.filter(({ ops }) => ops.some(isUpdate)).length
  const workers = threads.map(() => threadFor(file))
  const stops = schedule === 'concurrent' ? null : threads.map(stopsOf)
  const answering = Promise.all(
    threads.map(({ ops }, at) => {
      const worker = workers[at] as Worker // one for each
      const answer = heard(worker)
      const job: ThreadJob = {
        ...{ share, vcpus, spaces, steps, clock, updating },
        ...{ operations: ops, threads: threads.length, seed: seed + at },
        stops: stops?.[at] ?? null,
      }
      worker.postMessage(job)
      return answer
    }),
  )
  if (stops !== null && schedule !== 'concurrent') {
    const byTid = new Map(threads.map(({ tid }, at) => [tid, stops[at] as SharedArrayBuffer])) // one for each
    await takeTurns(schedule, byTid, answering)
  }
  const answers = await answering
  const broken = answers.find(answer => answer.kind === 'threw')
  if (broken?.kind === 'threw') {
    await Promise.all(workers.map(worker => worker.terminate()))
    throw new TargetFailure('crashed', broken.why)
  }
  for (const worker of workers) {
    worker.unref()
    idle.push(worker)
  }
  return answers.flatMap((answer, at) =>
    answer.kind === 'done' ? [{ tid: threads[at]?.tid ?? 0, recorded: answer.recorded }] : [],
  )
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { Row } from '../../oracle/designs/matrix.js'
import { packageRoot } from '../package-root.js'
import type { FromWorker, RowJob } from './worker-messages.js'

/** Workers run compiled files, wherever they are started from. */
const WORKER = 'dist/conformance/designs/worker.js'

export interface ComputeOptions {
  readonly workers: number
  readonly stop?: AbortSignal
  /** Updates searched so far, of all rows together, and the row of the last one. */
  readonly onProgress?: (done: number, total: number | null, subject: string) => void
}

/** Computes rows, several at a time; those that were finished when it was interrupted are kept. Rows are in order of jobs. */
export const computeRows = async (
  jobs: readonly RowJob[],
  { workers, stop, onProgress }: ComputeOptions,
): Promise<Either<string, readonly Row[]>> => {
  const file = join(packageRoot(), WORKER)
  if (!existsSync(file)) return left(`${WORKER} is not there: npm run build makes it`)
  const rows = new Map<RowJob, Row>()
  const done = new Map<RowJob, number>()
  const waiting = [...jobs]

  const progress = (job: RowJob, at: number, each: number): void => {
    done.set(job, at)
    onProgress?.(
      [...done.values()].reduce((sum, n) => sum + n, 0),
      each * jobs.length,
      job.subject,
    )
  }

  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(file)
      let job: RowJob | undefined
      const finish = (): void => {
        stop?.removeEventListener('abort', finish)
        worker.terminate().then(() => resolve(), reject)
      }
      const next = (): void => {
        job = stop?.aborted === true ? undefined : waiting.shift()
        if (job === undefined) finish()
        else worker.postMessage(job)
      }
      worker.on('message', (message: FromWorker) => {
        if (job === undefined) return
        if (message.kind === 'progress') progress(job, message.done, message.total)
        else {
          rows.set(job, message.row)
          progress(job, message.row.updates, message.row.updates)
          next()
        }
      })
      worker.on('error', reject)
      stop?.addEventListener('abort', finish)
      next()
    })

  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, work))
  return right(jobs.flatMap(job => rows.get(job) ?? []))
}

import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { packageRoot } from '../package-root.js'
import type { BenchReport, BenchRow } from '../reports/bench/codec.js'
import { FromAloneCodec } from './apart-messages.js'
import { environment } from './environment.js'
import type { BenchName, BenchOptions } from './run.js'
import { MIN_ROUNDS } from './verdict.js'

/** Processes run compiled files, wherever they are started from. */
const ALONE = 'dist/conformance/bench/alone.js'

/** Milliseconds that a process may take to stop, before it is ended. */
const PATIENCE = 500

export interface ApartOptions extends BenchOptions {
  readonly patience?: number
}

/** The row of a benchmark whose process ended without a report. */
const died = (bench: BenchName, how: string): BenchRow => ({
  bench,
  name: bench,
  subject: 'its process',
  value: null,
  unit: 'ns',
  peer: null,
  ratio: null,
  spread: null,
  target: null,
  verdict: 'inconclusive',
  rounds: 0,
  remark: `ended by ${how} before it reported`,
})

/** The rows of one benchmark, run in a process of its own; or one row that says that the process died. */
export const runAlone = (
  file: string,
  bench: BenchName,
  { rounds = MIN_ROUNDS, milliseconds = 20, patience = PATIENCE, onProgress, stop }: ApartOptions,
): Promise<readonly BenchRow[]> =>
  new Promise(resolve => {
    let rows: readonly BenchRow[] | null = null
    const child = fork(file, [bench, `${rounds}`, `${milliseconds}`])
    let timer: NodeJS.Timeout | undefined
    const end = (): void => {
      if (child.connected) child.send('stop')
      // What it is in the middle of may take longer than the user should wait.
      timer = setTimeout(() => child.kill('SIGKILL'), patience)
    }
    stop?.addEventListener('abort', end)
    const abandon = (): void => void child.kill('SIGKILL')
    process.once('exit', abandon)
    child.on('message', (message: unknown) => {
      const decoded = FromAloneCodec.decode(message)
      if (isLeft(decoded)) return
      if (decoded.right.kind === 'report') rows = decoded.right.report.rows
      else onProgress?.(decoded.right)
    })
    child.on('error', () => {}) // `close` follows
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      process.off('exit', abandon)
      stop?.removeEventListener('abort', end)
      resolve(rows ?? [died(bench, signal ?? `status ${status}`)])
    })
  })

/**
 * Runs the named benchmarks, each in a process of its own: beside the others’ code and memory the same work took up to
 * twice as long, for the compiler specialises code by all that has ever run through it. A process that dies ends no other
 * benchmark, and one that does not stop is ended.
 */
export const runApart = async (
  names: readonly BenchName[],
  options: ApartOptions = {},
): Promise<Either<string, BenchReport>> => {
  const file = join(packageRoot(), ALONE)
  if (!existsSync(file)) return left(`${ALONE} is not there: npm run build makes it`)
  const where = environment()
  const rows: BenchRow[] = []
  for (const bench of names) {
    if (options.stop?.aborted === true) break
    rows.push(...(await runAlone(file, bench, options)))
  }
  return right({ schema: 'memslot-bench', version: 1, environment: where, rows })
}

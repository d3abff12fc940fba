import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Vm } from '../../../impl/index.js'
import { checkTrace, renderVerdict, type Trace, writeRecord } from '../../../oracle/index.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { seeded } from '../../fuzz/random.js'
import { packageRoot } from '../../package-root.js'
import { perform } from '../../targets/impl.js'
import { drawEpisode } from './episode.js'
import { type Recorded, traceOf } from './recorded.js'
import type { HistoryJob } from './thread.js'

const THREAD = 'dist/conformance/stress/history/thread.js'
const THREADS = 3
/** Histories that deviate are kept up to so many; then the run ends. */
const KEPT = 3
/** The oracle's own bound is 4096 machines; a verdict that none explains is one thing, too many is another. */
export interface HistoryResult {
  readonly episodes: number
  readonly operations: number
  /** Accesses that met a blocked page. */
  readonly waits: number
  /** Histories for which the oracle had too many explanations to judge them. */
  readonly inconclusive: number
  readonly seconds: number
  readonly deviations: readonly { readonly episode: number; readonly says: string; readonly trace: string }[]
}

export interface HistoryOptions {
  readonly seconds: number
  readonly seed: number
  readonly stop?: AbortSignal | undefined
}

const textOf = ({ header, lines }: Trace): string =>
  `${[header, ...lines.map(({ record }) => record)].map(writeRecord).join('\n')}\n`

/** One episode on a VM of its own: the prologue here, then every thread's operations at the same time. */
const episodeOf = async (workers: readonly Worker[], seed: number, i: number): Promise<Trace> => {
  const { prologue, threads } = drawEpisode(seeded(seed, i))
  const vm = new Vm({ spaces: 1, slotLimit: 8 })
  const made = new Set<number>()
  const before = prologue.map((operation: Operation, at): Recorded => {
    const seen = perform(vm, made, 1, operation)
    return { operation, seen, from: 2 * at - 1000, to: 2 * at - 999, waited: false }
  })
  const share = vm.share()
  vm.close() // the threads have it now
  const clock = new SharedArrayBuffer(8)
  const answers = workers.map((worker, at) => {
    const operations = threads[at] as readonly Operation[]
    worker.postMessage({
      share,
      operations,
      clock,
      threads: THREADS,
      seed: seed + i + at,
    } satisfies HistoryJob)
    return once(worker, 'message') as Promise<[readonly Recorded[]]>
  })
  const recorded = (await Promise.all(answers)).map(([records]) => records)
  const [updates = [], ...rest] = recorded
  return traceOf([[...before, ...updates], ...rest])
}

/** Records small histories of real threads until the time is over, and has the oracle judge each. */
export const runHistories = async ({ seconds, seed, stop }: HistoryOptions): Promise<HistoryResult> => {
  const file = join(packageRoot(), THREAD)
  const workers = Array.from({ length: THREADS }, () => new Worker(file))
  const began = performance.now()
  const deviations: HistoryResult['deviations'][number][] = []
  let [episodes, operations, waits, inconclusive] = [0, 0, 0, 0]
  const isOver = () =>
    stop?.aborted === true || deviations.length === KEPT || performance.now() - began > seconds * 1000
  try {
    for (; !isOver(); episodes++) {
      const trace = await episodeOf(workers, seed, episodes)
      const verdict = checkTrace(trace)
      operations += verdict.calls
      waits += trace.lines.filter(({ record }) => record.ev === 'access-wait').length
      if (verdict.is === 'inconclusive') inconclusive++
      else if (verdict.is !== 'conforms') {
        deviations.push({ episode: episodes, says: renderVerdict(verdict), trace: textOf(trace) })
      }
    }
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
  const spent = (performance.now() - began) / 1000
  return { episodes, operations, waits, inconclusive, seconds: spent, deviations }
}

import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Vm } from '../../../impl/index.js'
import { checkTrace, renderVerdict, type Trace, writeRecord } from '../../../oracle/index.js'
import { seeded } from '../../../spec/generate/random.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { packageRoot } from '../../package-root.js'
import type { HistoryResult } from '../../reports/stress/codec.js'
import { perform } from '../../targets/impl.js'
import { drawEpisode } from './episode.js'
import { clockOf, type EpisodePart, type HistoryJob } from './job.js'
import { type Recorded, traceOf } from './recorded.js'

const THREAD = 'dist/conformance/stress/history/thread.js'
const THREADS = 3
/** Episodes that the threads are sent at once: a message takes longer than an episode. */
const AT_ONCE = 16
/** Bytes of guest memory of an episode: more than it writes. */
const MEMORY = 2 ** 20
/** The run ends after so many histories that deviate. */
const KEPT = 3
export interface HistoryOptions {
  readonly seconds: number
  readonly seed: number
  readonly stop?: AbortSignal | undefined
  /** Called with a history that deviates, when it has been judged. */
  readonly onDeviation?: ((deviation: DeviatingHistory) => Promise<void>) | undefined
}

export type DeviatingHistory = HistoryResult['deviations'][number]

const textOf = ({ header, lines }: Trace): string =>
  `${[header, ...lines.map(({ record }) => record)].map(writeRecord).join('\n')}\n`

/** An episode on a VM of its own after its prologue: the answers so far, and every thread's part. */
interface Ready {
  readonly before: readonly Recorded[]
  readonly parts: readonly EpisodePart[]
}

const readyFor = (seed: number, episode: number): Ready => {
  const { prologue, threads } = drawEpisode(seeded(seed, episode))
  const vm = new Vm({ spaces: 1, slotLimit: 8, memoryLimit: MEMORY })
  const made = new Set<number>()
  const before = prologue.map((operation: Operation, at): Recorded => {
    const seen = perform(vm, made, 1, operation)
    return { operation, seen, from: 2 * at - 1000, to: 2 * at - 999, waited: false }
  })
  const share = vm.share()
  vm.close() // the threads have it now
  const clock = clockOf()
  return {
    before,
    parts: threads.map((operations, at) => ({ share, operations, clock, seed: seed + episode + at })),
  }
}

/** So many episodes from the `first`, one after the other, each by all threads at the same time. */
const record = async (
  workers: readonly Worker[],
  seed: number,
  first: number,
  count: number,
): Promise<readonly Trace[]> => {
  const ready = Array.from({ length: count }, (_, i) => readyFor(seed, first + i))
  const answers = workers.map((worker, at) => {
    const parts = ready.map(episode => episode.parts[at] as EpisodePart) // a part for each thread was drawn
    worker.postMessage({ parts, threads: THREADS, updates: at === 0 } satisfies HistoryJob)
    return once(worker, 'message') as Promise<[readonly (readonly Recorded[])[]]>
  })
  const recorded = (await Promise.all(answers)).map(([byEpisode]) => byEpisode)
  return ready.map(({ before }, i) => {
    const [updates = [], ...rest] = recorded.map(byEpisode => byEpisode[i] as readonly Recorded[])
    return traceOf([[...before, ...updates], ...rest])
  })
}

/** Records small histories of real threads until the time is over, and has the oracle judge each. */
export const runHistories = async ({
  seconds,
  seed,
  stop,
  onDeviation,
}: HistoryOptions): Promise<HistoryResult> => {
  const file = join(packageRoot(), THREAD)
  const workers = Array.from({ length: THREADS }, () => new Worker(file))
  const began = performance.now()
  const deviations: DeviatingHistory[] = []
  let [episodes, operations, waits, inconclusive] = [0, 0, 0, 0]
  const isOver = () =>
    stop?.aborted === true || deviations.length === KEPT || performance.now() - began > seconds * 1000
  try {
    while (!isOver()) {
      for (const trace of await record(workers, seed, episodes, AT_ONCE)) {
        const verdict = checkTrace(trace)
        operations += verdict.calls
        waits += trace.lines.filter(({ record }) => record.ev === 'access-wait').length
        if (verdict.is === 'inconclusive') inconclusive++
        else if (verdict.is !== 'conforms' && deviations.length < KEPT) {
          const deviation = { episode: episodes, says: renderVerdict(verdict), trace: textOf(trace) }
          deviations.push(deviation)
          await onDeviation?.(deviation)
        }
        episodes++
      }
    }
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
  const spent = (performance.now() - began) / 1000
  return { episodes, operations, waits, inconclusive, seconds: spent, deviations }
}

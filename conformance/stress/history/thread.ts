import { parentPort } from 'node:worker_threads'
import { Vm, type VmShare } from '../../../impl/index.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { type Random, seeded } from '../../fuzz/random.js'
import { perform } from '../../targets/impl.js'
import { dawdle } from '../play.js'
import { VCPUS } from './episode.js'
import type { Recorded } from './recorded.js'

/** What a thread of an episode is asked to do. */
export interface HistoryJob {
  readonly share: VmShare
  readonly operations: readonly Operation[]
  /** The counter that all threads step, and how many of them are there. */
  readonly clock: SharedArrayBuffer
  readonly threads: number
  readonly seed: number
}

const CLOCK = 0
const THERE = 1

const vcpus = new Set(Array.from({ length: VCPUS }, (_, id) => id))

const isWaiting = (vm: Vm, operation: Operation): number =>
  'vcpu' in operation ? vm.vcpu(operation.vcpu).waits : 0

const record = (vm: Vm, operation: Operation, words: Int32Array): Recorded => {
  const waits = isWaiting(vm, operation)
  const from = Atomics.add(words, CLOCK, 1)
  const seen = perform(vm, vcpus, 1, operation)
  const to = Atomics.add(words, CLOCK, 1)
  return { operation, seen, from, to, waited: isWaiting(vm, operation) > waits }
}

/** Does the operations when all threads are there, and answers what was seen. */
const take = ({ share, operations, clock, threads, seed }: HistoryJob): readonly Recorded[] => {
  const vm = Vm.attach(share)
  const words = new Int32Array(clock)
  const random: Random = seeded(seed, 0)
  Atomics.add(words, THERE, 1)
  while (Atomics.load(words, THERE) < threads);
  const recorded = operations.map(operation => {
    dawdle(random)
    return record(vm, operation, words)
  })
  vm.close()
  return recorded
}

parentPort?.on('message', (job: HistoryJob) => parentPort?.postMessage(take(job)))

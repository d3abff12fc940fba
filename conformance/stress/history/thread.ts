import { parentPort } from 'node:worker_threads'
import { Vm } from '../../../impl/index.js'
import { Machine } from '../../../impl/machine.js'
import { block, drainOwed, PROTOCOL, type Protocol, publish } from '../../../impl/update/protocol.js'
import { chance, type Random, seeded } from '../../../spec/generate/random.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { perform } from '../../targets/impl.js'
import { dawdle } from '../play.js'
import { VCPUS } from './episode.js'
import { CLOCK, type EpisodePart, type HistoryJob, IDLE, LINGERED, STARTED } from './job.js'
import type { Recorded } from './recorded.js'

/** Steps after which other threads are given time: pages are blocked, no access holds the old set, the new one is published. */
const LINGERING = [block, drainOwed, publish]
/** Milliseconds for which an update lingers after a step, and for which an access waits for such a step: longer than it takes to wake a thread. */
const HELD = 0.2
const AWAITED = 2

/** The implementation's own steps, in their order, with time for other threads after some. */
const lingering = (random: Random, words: Int32Array): Protocol => {
  const linger = (): void => {
    Atomics.add(words, LINGERED, 1)
    Atomics.notify(words, LINGERED)
    if (chance(random, 1 / 2)) Atomics.wait(words, IDLE, 0, HELD)
    else dawdle(random)
  }
  return PROTOCOL.flatMap(step => (LINGERING.includes(step) ? [step, linger] : [step]))
}

/** An access begins while the update lingers, or at any moment. */
const chooseMoment = (random: Random, words: Int32Array): void => {
  if (chance(random, 1 / 2)) Atomics.wait(words, LINGERED, Atomics.load(words, LINGERED), AWAITED)
  else dawdle(random)
}

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

/** Does the operations when all threads have started, and answers what was seen. */
const take = (
  { share, operations, clock, seed }: EpisodePart,
  { threads, updates }: HistoryJob,
): readonly Recorded[] => {
  const random: Random = seeded(seed, 0)
  const words = new Int32Array(clock)
  const vm = updates ? new Vm(Machine.attach(share, lingering(random, words))) : Vm.attach(share)
  Atomics.add(words, STARTED, 1)
  Atomics.notify(words, STARTED)
  for (let there = Atomics.load(words, STARTED); there < threads; there = Atomics.load(words, STARTED))
    Atomics.wait(words, STARTED, there)
  const recorded = operations.map(operation => {
    if (updates) dawdle(random)
    else chooseMoment(random, words)
    return record(vm, operation, words)
  })
  vm.close()
  return recorded
}

parentPort?.on('message', (job: HistoryJob) =>
  parentPort?.postMessage(job.parts.map(part => take(part, job))),
)

import { parentPort } from 'node:worker_threads'
import { Vm } from '../../../impl/index.js'
import { type AccessPoint, Machine } from '../../../impl/machine.js'
import { block, drainOwed, type Protocol, publish } from '../../../impl/update/protocol.js'
import { chance, type Random, seeded } from '../../../spec/generate/random.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { perform } from '../impl-perform.js'
import { dawdle } from './dawdle.js'
import {
  CLOCK,
  DOING,
  type FromThread,
  IDLE,
  isUpdate,
  LINGERED,
  type Recorded,
  STARTED,
  THROUGH,
  type ThreadJob,
  UPDATED,
} from './job.js'
import { protocolOf } from './protocol-of.js'
import { Stopping, stoppingAccess, stoppingProtocol } from './stopping.js'

/** Steps after which other threads are given time: pages are blocked, no access holds the old set, the new one is published. */
const LINGERING = [block, drainOwed, publish]
/** Milliseconds for which an update lingers after a step, and for which an access waits for such a step: longer than it takes to wake a thread. */
const HELD = 0.2
const AWAITED = 2

/** The implementation's own steps, in their order, with time for other threads after some. */
const lingering = (protocol: Protocol, random: Random, words: Int32Array): Protocol => {
  const linger = (): void => {
    Atomics.add(words, LINGERED, 1)
    Atomics.notify(words, LINGERED)
    if (chance(random, 1 / 4)) Atomics.wait(words, IDLE, 0, HELD)
    else dawdle(random)
  }
  return protocol.flatMap(step => (LINGERING.includes(step) ? [step, linger] : [step]))
}

/** An access lingers now and then between its look-up and its store, and between that and its mark. */
const lingeringAccess =
  (random: Random, words: Int32Array) =>
  (point: AccessPoint): void => {
    if (point !== 'translated' && point !== 'stored') return
    if (chance(random, 1 / 16)) Atomics.wait(words, IDLE, 0, HELD)
    else dawdle(random)
  }

/** An access begins while an update lingers, or at any moment. */
const chooseMoment = (random: Random, words: Int32Array, updating: number): void => {
  if (chance(random, 1 / 4) && Atomics.load(words, UPDATED) < updating)
    Atomics.wait(words, LINGERED, Atomics.load(words, LINGERED), AWAITED)
  else dawdle(random)
}

const waitsOf = (vm: Vm, vcpus: ReadonlySet<number>, operation: Operation): number =>
  'vcpu' in operation && 'gfn' in operation && vcpus.has(operation.vcpu) ? vm.vcpu(operation.vcpu).waits : 0

/** How the threads of a job come to meet: by chance, or as they are stopped. */
interface Meeting {
  readonly machine: Machine
  /** Called before each operation, and after it. */
  readonly before: (operation: Operation) => void
  readonly after: () => void
}

const byChance = (job: ThreadJob, words: Int32Array): Meeting => {
  const random: Random = seeded(job.seed, 0)
  const updates = job.operations.some(isUpdate)
  const machine = Machine.attach(job.share, lingering(protocolOf(job.steps), random, words))
  machine.onPoint = lingeringAccess(random, words)
  return {
    machine,
    before: () => {
      if (updates) dawdle(random)
      else chooseMoment(random, words, job.updating)
    },
    after: () => {},
  }
}

const byStops = ({ share, steps }: ThreadJob, buffer: SharedArrayBuffer): Meeting => {
  const stopping = new Stopping(buffer)
  const machine = Machine.attach(share, stoppingProtocol(stopping, protocolOf(steps)))
  machine.onPoint = stoppingAccess(stopping)
  machine.control.onSleep = woken => stopping.sleeps(woken)
  return {
    machine,
    before: () => stopping.stop(),
    after: () => stopping.ended(),
  }
}

/** Does the operations when all threads have started, and answers what was seen. */
const take = (job: ThreadJob): readonly Recorded[] => {
  const words = new Int32Array(job.clock)
  const vcpus = new Set(job.vcpus)
  const { machine, before, after } = job.stops === null ? byChance(job, words) : byStops(job, job.stops)
  const vm = new Vm(machine)
  const record = (operation: Operation): Recorded => {
    const waits = waitsOf(vm, vcpus, operation)
    const from = Atomics.add(words, CLOCK, 1)
    const seen = perform(vm, vcpus, job.spaces, operation)
    const to = Atomics.add(words, CLOCK, 1)
    return { operation, seen, from, to, waited: waitsOf(vm, vcpus, operation) > waits }
  }
  Atomics.add(words, STARTED, 1)
  Atomics.notify(words, STARTED)
  for (let there = Atomics.load(words, STARTED); there < job.threads; there = Atomics.load(words, STARTED))
    Atomics.wait(words, STARTED, there)
  try {
    return job.operations.map(operation => {
      before(operation)
      const recorded = record(operation)
      after()
      return recorded
    })
  } finally {
    if (job.operations.some(isUpdate)) Atomics.add(words, UPDATED, 1)
    if (job.stops !== null) Atomics.store(new Int32Array(job.stops), DOING, THROUGH)
    vm.close()
  }
}

const answer = (job: ThreadJob): FromThread => {
  try {
    return { kind: 'done', recorded: take(job) }
  } catch (error) {
    return { kind: 'threw', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

parentPort?.on('message', (job: ThreadJob) => parentPort?.postMessage(answer(job)))

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Entry, Vm } from '../../../impl/index.js'
import { packageRoot } from '../../package-root.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { furnish, GO, IDLE, STOP, sections } from './threads-world.js'

const WRITER = 'dist/conformance/bench/subjects/threads-writer.js'
/** The reader keeps at least 85 % of its rate. */
const AT_MOST = 1 / 0.85
/** Sections that must be whole beside the writer. */
const WHOLE = 10_000_000
/** Sections in a window, and pairs of windows without and with the writer. */
const WINDOW = 200_000
const PAIRS = 25

interface Beside {
  /** Nanoseconds of a section, without the writer and with it. */
  readonly alone: number
  readonly beside: number
  readonly torn: number
  readonly batches: number
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number

/** Nanoseconds of processor time of this thread alone; by the clock where the system does not tell. */
const ofThisThread = (): number => {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0])
  } catch {
    return performance.now() * 1e6
  }
}

/**
 * Reads in this thread beside a writer in another. The processor time of the process, by which all else is measured, has
 * the writer's in it. So this is timed beforehand in the time of this thread, in pairs of windows without and with the
 * writer.
 */
const readBeside = (file: string): Beside => {
  const vm = new Vm({ spaces: 1 })
  furnish(vm)
  const signal = new SharedArrayBuffer(8)
  const word = new Int32Array(signal)
  const worker = new Worker(file, { workerData: { share: vm.share(), signal } })
  worker.unref()
  const vcpu = vm.vcpu(0)
  const tell = (state: number): void => {
    Atomics.store(word, 0, state)
    Atomics.notify(word, 0)
  }
  let [torn, read] = [0, 0]
  const window = (): number => {
    const began = ofThisThread()
    torn += sections(vcpu, WINDOW)
    read += WINDOW
    return (ofThisThread() - began) / WINDOW
  }
  tell(GO)
  // The worker starts while this thread works; it has to have done something before it can be in the way.
  while (Atomics.load(word, 1) < 100) sections(vcpu, 1000)
  const [alone, beside]: [number[], number[]] = [[], []]
  for (let i = 0; i < PAIRS; i++) {
    tell(IDLE)
    alone.push(window())
    tell(GO)
    beside.push(window())
  }
  while (read < WHOLE) window()
  tell(STOP)
  const batches = Atomics.load(word, 1)
  vm.close()
  return { alone: median(alone), beside: median(beside), torn, batches }
}

/** A contender that was timed beforehand: busy for as long as it took. */
const standingFor = (name: string, nanoseconds: number): Contender => ({
  name,
  run: times => {
    const start = process.cpuUsage()
    const busy = () => {
      const { user, system } = process.cpuUsage(start)
      return (user + system) * 1000
    }
    while (busy() < times * nanoseconds);
    return times
  },
})

const missing = (name: string): Benchmark => {
  const nothing: Contender = { name, run: times => times }
  const check = () => `${WRITER} is not there: npm run build makes it`
  return { name, subject: nothing, unit: 'ns', comparisons: [{ peer: nothing, target: null }], check }
}

const besideAWriter = (): Benchmark => {
  const file = join(packageRoot(), WRITER)
  const name = 'section of 8 look-ups beside a writer'
  if (!existsSync(file)) return missing(name)
  const { alone, beside, torn, batches } = readBeside(file)
  return {
    name,
    subject: standingFor(`beside ${batches.toLocaleString('en')} batches`, beside),
    unit: 'ns',
    comparisons: [{ peer: standingFor('alone', alone), target: { of: 'ratio', atMost: AT_MOST } }],
    check: () => (torn === 0 ? null : `${torn} sections of ${WHOLE.toLocaleString('en')} saw two sets`),
  }
}

const SLOTS = 512
const K = 64
const K4 = 4096n

/** A VM with 512 slots, of which every eighth goes from one row of host pages to another. */
const updating = (name: string, update: (vm: Vm, entries: readonly Entry[]) => void): Contender => {
  const vm = new Vm({ spaces: 1 })
  const put = (id: number, row: number): Entry => ({
    do: 'set',
    id,
    gpa: BigInt(id) * 32n * K4,
    size: 16n * K4,
    hva: BigInt(100_000 * row + 32 * id) * K4,
    flags: 0,
  })
  const rows = [1, 2].map(row => Array.from({ length: K }, (_, i) => put((i * SLOTS) / K, row)))
  vm.setBatch({ ...header, entries: Array.from({ length: SLOTS }, (_, id) => put(id, 1)) })
  let row = 0
  return {
    name,
    pieces: K,
    run: times => {
      for (let i = 0; i < times; i++) {
        row = 1 - row
        update(vm, rows[row] as readonly Entry[])
      }
      return vm.swaps(0)
    },
  }
}
const header = { as: 0, flags: 0, resultSize: 0n }

/** What a batch of 64 publishes beyond two sets, or leaves undone. */
const wrongBatch = (): string | null => {
  const vm = new Vm({ spaces: 1 })
  furnish(vm)
  const before = vm.swaps(0)
  const entries = vm.slots(0).map(({ id, base, npages, hva, flags }): Entry => {
    return { do: 'set', id, gpa: BigInt(base) * K4, size: BigInt(npages) * K4, hva: hva + 2n ** 40n, flags }
  })
  const outcome = vm.setBatch({ ...header, entries })
  if ('errno' in outcome) return `a batch failed with ${outcome.errno}`
  const published = vm.swaps(0) - before
  return entries.length === K && published <= 2
    ? null
    : `a batch of ${entries.length} published ${published} sets`
}

const batchAgainstSingles = (): Benchmark => ({
  name: `an update of ${K} slots, by slot`,
  subject: updating('one batch', (vm, entries) => vm.setBatch({ ...header, entries })),
  unit: 'ns',
  comparisons: [
    {
      peer: updating('single updates', (vm, entries) => {
        for (const entry of entries) vm.setBatch({ ...header, entries: [entry] })
      }),
      target: { of: 'ratio', atMost: 1 / 3 },
    },
  ],
  check: wrongBatch,
})

/** Readers and a writer in threads of their own; and a batch against its entries one by one. */
export const threadsBenchmarks = (): readonly Benchmark[] => [besideAWriter(), batchAgainstSingles()]

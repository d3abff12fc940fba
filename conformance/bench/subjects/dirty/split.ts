import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../../package-root.js'
import type { Benchmark } from '../../benchmark.js'
import type { InProcess } from '../../contender.js'
import { lazily } from '../../lazily.js'
import { logsInC, threadClock } from './logs-in-c.js'
import {
  apply,
  dirtyPages,
  expectedPages,
  furnish,
  GO,
  IDLE,
  PAGES_WRITTEN,
  SPLIT,
  WHOLE,
} from './split-world.js'

const WRITER = 'dist/conformance/bench/subjects/dirty/split-writer.js'
/** 32-bit words of the bitmap of 1 TiB. */
const WORDS = 2 ** 23

const world = lazily(() => {
  const vm = furnish()
  const signal = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { share: vm.share(), signal: signal.buffer }
  const worker = new Worker(join(packageRoot(), WRITER), { workerData })
  worker.unref()
  const tell = (state: number): void => {
    Atomics.store(signal, 0, state)
    Atomics.notify(signal, 0)
  }
  /** Waits until the writer has gone round so many times more. */
  const rounds = (more: number): void => {
    const end = Atomics.load(signal, 1) + more
    for (let now = Atomics.load(signal, 1); now < end; now = Atomics.load(signal, 1))
      Atomics.wait(signal, 1, now)
  }
  return { vm, tell, rounds, inC: logsInC(WORDS), clock: threadClock() }
})

/** Timed in the time of this thread: the writer's is not the update's. */
const besideTheWriter = (name: string, prepare: () => void, act: () => void): InProcess => {
  const took = (times: number): number => {
    const { tell, rounds, clock } = world()
    let nanoseconds = 0
    for (let i = 0; i < times; i++) {
      prepare()
      tell(GO)
      rounds(1)
      const began = clock()
      act()
      nanoseconds += clock() - began
      tell(IDLE)
    }
    return nanoseconds
  }
  return { name, run: took, took }
}

/**
 * What was lost: the pages are clear before; the writer goes round while the slot is split, and has written each of them
 * once more than before when it is stopped. Every one must be in one of the two logs, and nothing else may have gone.
 */
const lost = (): string | null => {
  if (!existsSync(join(packageRoot(), WRITER))) return `${WRITER} is not there: npm run build makes it`
  const { vm, tell, rounds } = world()
  const before = dirtyPages(vm)
  if (before !== expectedPages(0)) return `${before} pages are dirty at first`
  tell(GO)
  for (let i = 0; i < 3; i++) {
    apply(vm, SPLIT)
    apply(vm, WHOLE)
  }
  apply(vm, SPLIT)
  rounds(2)
  tell(IDLE)
  const left = dirtyPages(vm)
  const expected = expectedPages(PAGES_WRITTEN)
  return left === expected ? null : `${expected - left} dirty pages were lost`
}

/** An update as it is: validation, two sets, waiting for the writer's accesses, carry-over, and giving back the old log. */
export const splitBenchmark = (): Benchmark => ({
  name: 'split 1 TiB at an odd page, beside a writer',
  subject: besideTheWriter(
    'one batch',
    () => apply(world().vm, WHOLE),
    () => apply(world().vm, SPLIT),
  ),
  unit: 'ns',
  comparisons: [
    {
      peer: besideTheWriter(
        'C, one copy of its bitmap',
        () => world().inC.restore(),
        () => world().inC.copy(),
      ),
      target: { of: 'ratio', atMost: 2.5 },
    },
  ],
  check: lost,
})

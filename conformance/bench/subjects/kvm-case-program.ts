/**
 * The program that `memslot bench kvm` starts to time cases: it asks a spread of the suite's of the kernel in its own process,
 * judges the answers, and prints what a case costs.
 */
import { createRequire } from 'node:module'
import { isLeft } from 'fp-ts/lib/Either.js'
import { loadSuite } from '../../suite/load.js'
import { runSuite } from '../../suite/run.js'
import { here } from '../../targets/kvm/device.js'
import type { GuestCalls, KoffiCalls } from '../../targets/kvm/guest-calls.js'
import { type Kernel, loadKernelNow } from '../../targets/kvm/ioctl.js'
import { sayUnavailable } from '../../targets/kvm/refusal.js'
import { kvmTarget } from '../../targets/kvm/target.js'
import type { Target } from '../../targets/target.js'

/** What a case costs: nanoseconds of processor time, and how many of them in ioctls, KVM_RUN among them. */
export interface CostOfCase {
  readonly cases: number
  readonly ns: number
  readonly inIoctls: number
}

const CLOCK_THREAD_CPUTIME_ID = 3

/** Nanoseconds that this thread has had of the processor, and what it takes to ask for them twice. */
const threadClock = () => {
  const koffi = createRequire(import.meta.url)('koffi') as KoffiCalls
  const gettime = koffi.load(null).func('clock_gettime', 'int', ['int', 'void *'])
  const at = Buffer.alloc(16)
  const now = (): number => {
    gettime(CLOCK_THREAD_CPUTIME_ID, at)
    return Number(at.readBigInt64LE(0)) * 1e9 + Number(at.readBigInt64LE(8))
  }
  const TRIES = 20_000
  let spent = 0
  for (let i = 0; i < TRIES; i++) spent -= now() - now()
  return { now, cost: spent / TRIES }
}

/** A kernel whose ioctls are timed while `isOn`, with the time that they took. */
const timedKernel = (kernel: Kernel) => {
  const { now, cost } = threadClock()
  const spent = { ns: 0, isOn: false }
  const timed =
    <A extends readonly number[]>(call: (...given: A) => number) =>
    (...given: A): number => {
      if (!spent.isOn) return call(...given)
      const before = now()
      const result = call(...given)
      spent.ns += now() - before - cost
      return result
    }
  let guests: GuestCalls | null = null
  const timedGuests = (): GuestCalls => {
    guests ??= { ...kernel.guests(), enter: timed(kernel.guests().enter) }
    return guests
  }
  return { spent, kernel: { ...kernel, ioctl: timed(kernel.ioctl), guests: timedGuests } }
}

const stop = new AbortController().signal

const measured = async (
  target: Target,
  spent: { ns: number; isOn: boolean },
): Promise<CostOfCase | string> => {
  const loaded = loadSuite({ filter: [], smoke: true })
  if (isLeft(loaded)) return `the cases cannot be read: ${loaded.left.file}`
  const first = await runSuite(target, { cases: loaded.right, errors: 'strict', stop })
  if (first.failed > 0) return `${first.failed} cases failed`
  const skipped = new Set(first.skips.flatMap(({ ids }) => ids))
  const cases = loaded.right.filter(({ id }) => !skipped.has(id))
  if (cases.length === 0) return 'no case can be asked'
  const run = () => runSuite(target, { cases, errors: 'strict', stop })
  await run() // to warm up
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  spent.isOn = true
  await run()
  spent.isOn = false
  return {
    cases: cases.length,
    ns: ((user + system) * 1000) / cases.length,
    inIoctls: spent.ns / cases.length,
  }
}

const { spent, kernel } = timedKernel(loadKernelNow())
const target = await kvmTarget({ surroundings: { ...here, load: async () => kernel } })
const result = isLeft(target) ? sayUnavailable(target.left) : await measured(target.right, spent)
process.stdout.write(`${JSON.stringify(typeof result === 'string' ? { because: result } : result)}\n`)
process.exit()

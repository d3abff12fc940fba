import { Vm, type VmOptions } from '../../impl/index.js'
import { limitsOf } from '../../impl/options.js'
import { Midway } from '../../impl/x86/midway.js'
import { type Config, parametersOf } from '../../oracle/wire/config.js'
import type { Program, UpTo } from '../../oracle/wire/program.js'
import { u64 } from '../../spec/terms/numbers.js'
import {
  betweenOf,
  isAccess,
  isOfFetchPath,
  type Operation,
  type PlainOperation,
} from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { FEATURES } from './features.js'
import { invalidateAfter, type LinearVm, performLinear, performSmm } from './impl-linear.js'
import { perform } from './impl-perform.js'
import { mergeRecords } from './impl-threads/merge-records.js'
import { LIMIT, runThreads } from './impl-threads/run-threads.js'
import { type Answering, type InProcess, inProcess } from './in-process.js'
import type { Hello } from './target.js'
import { TargetRefusal } from './target-error.js'

/** Features it lacks: its VMs always have the batch, so a profile cannot be chosen. */
const NEVER: ReadonlySet<string> = new Set(['profile'])

const hello: Hello = {
  name: 'impl',
  version: '0.1.0',
  protocol: 1,
  features: Object.keys(FEATURES).filter(feature => !NEVER.has(feature)),
  choices: false,
  kernel: '7.3',
  limits: { spaces: 64, slots: 32764, maxGfn: u64(2 ** 52 - 1), entries: 32764 },
}

const OPTIONS = [
  'kernel',
  'vendor',
  'arch',
  'vmType',
  'spaces',
  'slotLimit',
  'internalIds',
  'ownSlots',
  'identityMap',
  'maxGfn',
  'beyondMaxGfn',
  'failedFetch',
  'hvaLimit',
  'readonlyMem',
  'guestMemfd',
  'ringReserved',
  'maxEntries',
  'secondStage',
] as const

const optionsOf = (config: Config): VmOptions => ({
  ...Object.fromEntries(OPTIONS.flatMap(key => (config[key] === undefined ? [] : [[key, config[key]]]))),
  exitsOnEmulationFailure: config.exitOnEmulationFailure,
})

const OF_ACCESSES: readonly string[] = ['translated', 'stored', 'marked']

/** A turn up to a point to which no operation of its thread can come; null where there is none. */
const strayPoint = ({ threads, schedule = [] }: Program): UpTo | null => {
  const comes = ({ tid, until }: UpTo): boolean => {
    const ops = threads.find(thread => thread.tid === tid)?.ops ?? []
    return ops.some(o => (OF_ACCESSES.includes(until) ? isAccess(o) : o.op === 'batch' || o.op === 'set'))
  }
  if (schedule === 'concurrent') return null
  return schedule.find((turn): turn is UpTo => typeof turn !== 'number' && !comes(turn)) ?? null
}

/** What two threads of a program would have at the same time, and only one can; null where there is no such thing. */
const sharedIn = ({ threads }: Program): string | null => {
  const tids = threads.map(({ tid }) => tid)
  const twice = tids.find((tid, i) => tids.indexOf(tid) !== i)
  if (twice !== undefined) return `two threads are number ${twice}`
  const owner = new Map<number, number>()
  for (const { tid, ops } of threads)
    for (const o of ops) {
      if (!isAccess(o) || !('vcpu' in o)) continue
      if ((owner.get(o.vcpu) ?? tid) !== tid) return `vCPU ${o.vcpu} would run in two threads`
      owner.set(o.vcpu, tid)
    }
  return null
}

/**
 * Milliseconds that threads wait for each other: longer than a program may take, so that a wait without end is found to be one.
 * A thread that has the VM for itself has nobody to wait for.
 */
const PATIENCE = 4 * LIMIT
const PATIENCE_ALONE = 10

/**
 * A VM of the implementation, called through `through`.
 *
 * @param steps of updates that threads make, by name, where they are not the implementation's own
 */
export const openWith = (
  config: Config,
  through: (vm: Vm) => Vm,
  steps: readonly string[] | null = null,
): Answering => {
  const midway = new Midway()
  const vm = through(new Vm(midway.machine(limitsOf({ ...optionsOf(config), patience: PATIENCE_ALONE }))))
  const vcpus = new Set<number>()
  const on: LinearVm = { vm, midway, config, made: vcpus, loaded: new Set() }
  const { spaces } = parametersOf(config)
  const performPlain = (operation: PlainOperation): Seen => {
    const between = betweenOf(operation)
    const access = () => perform(vm, vcpus, spaces, operation)
    if (between === undefined) return access()
    return midway.duringAccess(between.after, () => performAny(between.operation), access)
  }
  const performAny = (operation: Operation): Seen => {
    const bySelf = operation.op === 'enter-smm' || operation.op === 'rsm' ? performSmm(on, operation) : null
    if (bySelf !== null) return bySelf
    if (!isOfFetchPath(operation)) return performPlain(operation)
    return performLinear(on, operation, performAny)
  }
  return {
    perform: operation => {
      const seen = performAny(operation)
      invalidateAfter(on, operation)
      return seen
    },
    concurrently: async (program, first) => {
      const beyond = program.threads
        .flatMap(({ ops }) => ops)
        .find(o => isOfFetchPath(o) || o.op === 'enter-smm' || o.op === 'rsm')
      if (beyond !== undefined)
        throw new TargetRefusal(`${beyond.op} goes by registers, which its threads do not have`)
      const shared = sharedIn(program)
      if (shared !== null) throw new TargetRefusal(shared)
      const stray = strayPoint(program)
      if (stray !== null)
        throw new TargetRefusal(`thread ${stray.tid} never comes to the point ${stray.until}`)
      for (const vcpu of vcpus) vm.releaseVcpu(vcpu)
      const share = vm.share()
      const limits = { ...share.limits, patience: PATIENCE }
      const vmOf = { share: { ...share, limits }, vcpus: [...vcpus], spaces, steps }
      return mergeRecords(await runThreads(vmOf, program, first), first)
    },
    close: () => vm.close(),
  }
}

/** The implementation of this project, through its façade. */
export const implTarget: InProcess = inProcess(hello, config => openWith(config, vm => vm))

/** The implementation whose threads make updates in other steps: a mistake that programs of threads must find. */
export const implWith = (steps: readonly string[]): InProcess =>
  inProcess(hello, config => openWith(config, vm => vm, steps))

import type { Config } from '../../../oracle/wire/config.js'
import { inOrder, isConcurrent, type Program } from '../../../oracle/wire/program.js'
import type { KernelName } from '../../../spec/terms/kernels.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { giveWay } from '../../give-way.js'
import type { Feature } from '../features.js'
import { endOf, startOf } from '../in-process.js'
import { conflictOf, missingOf } from '../own-config.js'
import type { StopSignal } from '../stop-signal.js'
import type { Session } from '../target.js'
import { MAX_PAGES } from './arena.js'
import { MAX_NR_PAGES, SIZE_OF } from './constants.js'
import type { Device } from './device.js'
import { emptyVm } from './empty.js'
import type { GuestAbilities } from './guest/paths.js'
import { isOfGuests } from './guest/perform.js'
import { type OtherProcess, startOtherProcess } from './other-process.js'
import { answerOf, type KvmCall, perform, writeArgument } from './perform.js'
import { refuse } from './refusal.js'
import { guestsOf } from './session-guests.js'
import { closeFiles, openVm, type Vm } from './vm.js'

/** What `reset` makes of the VM: a new one, or the same one emptied, which no call without vCPUs can observe. */
export type Freshness = 'new' | 'emptied'

export interface Kvm {
  readonly device: Device
  readonly features: readonly Feature[]
  readonly kernel: KernelName | undefined
  readonly freshness: Freshness
  /** What its VMs are. */
  readonly vm: Config
  /** What guests can do; null where none can run. */
  readonly guests: GuestAbilities | null
}

/** Operations between two times that this thread gives way, so that a stop is heard. */
const OPERATIONS_AT_ONCE = 512

/**
 * The limits of a configuration are what the expectations were made with. A kernel has its own: it is for the runner to
 * choose cases that fit (`hello` has them). Only another kernel, and what its VMs are not, is refused here,
 * since such a program means another VM; of the rest nothing is checked, and what differs shows as a deviation.
 */
const checkConfig = ({ kernel, vm }: Kvm, config: Config): void => {
  if (config.kernel !== undefined && config.kernel !== kernel)
    throw refuse({ kind: 'kernel', asked: config.kernel, is: kernel ?? null })
  const conflict = conflictOf(vm, config)
  if (conflict !== null) throw refuse({ kind: 'conflict', conflict })
}

/** Refuses a program as a whole before its first call: what is not offered, and what would harm the machine. */
const checkProgram = (kvm: Kvm, program: Program): void => {
  checkConfig(kvm, program.config)
  const operations = program.threads.flatMap(({ ops }) => ops)
  const { features, fields } = missingOf(kvm, program.config, operations)
  if (features.length + fields.length > 0)
    throw refuse({ kind: 'features', missing: [...features, ...fields] })
  for (const o of operations) {
    const pages = o.op === 'set' ? o.size >> 12n : 0n
    if (o.op === 'set' && pages > MAX_PAGES && pages <= MAX_NR_PAGES)
      throw refuse({ kind: 'size', size: o.size })
  }
}

/** A session in this process, which a guest cannot leave: but what KVM does wrong with it may end the process. */
export const openSession = (kvm: Kvm, config: Config): Session => {
  checkConfig(kvm, config)
  const { device } = kvm
  const guests = guestsOf(device, kvm.guests, kvm.kernel)
  let vm: Vm | null = openVm(device)
  let other: OtherProcess | null = null
  let n = 0

  const live = (): Vm => {
    if (vm === null) throw refuse({ kind: 'closed' })
    return vm
  }
  const drop = (): void => {
    other?.end()
    other = null
    guests.end()
    if (vm !== null) {
      closeFiles(device, vm)
      device.kernel.close(vm.fd)
    }
    vm = null
    guests.giveBack()
  }
  const byOtherProcess = async (call: KvmCall): Promise<Seen> => {
    const request = writeArgument(device.arena, call)
    const argument = new Uint8Array(device.arena.view.buffer).slice(0, SIZE_OF.region2)
    other ??= startOtherProcess(live().fd)
    return answerOf(await other.ioctl(request, argument))
  }
  const performCall = (call: KvmCall, hasMemfd: boolean): Seen | Promise<Seen> => {
    const backed = call.op === 'set' ? guests.backed(call) : call
    return 'caller' in backed ? byOtherProcess(backed) : perform(device, live(), backed, call, hasMemfd)
  }
  const runAll = async (
    program: Program,
    emit: Parameters<Session['run']>[1],
    stop: StopSignal,
  ): Promise<void> => {
    for (const { tid, operation } of inOrder(program)) {
      if (stop.aborted) return
      n++
      const done = isOfGuests(operation) ? guests.performed(operation) : operation
      emit(startOf(n, tid, done))
      // The features of all other operations are not offered.
      const seen = isOfGuests(done)
        ? guests.perform(done)
        : await performCall(done as KvmCall, program.config.guestMemfd === true)
      emit(endOf(n, seen))
      if (n % OPERATIONS_AT_ONCE === 0) await giveWay()
    }
  }
  const runTogether = async (program: Program, emit: Parameters<Session['run']>[1]): Promise<void> => {
    if (!guests.isRunning()) throw refuse({ kind: 'threads', because: 'none has a vCPU' })
    const call = (o: Operation): Seen => {
      if (isOfGuests(o)) throw refuse({ kind: 'threads', because: `none does ${o.op}` })
      const seen = performCall(o as KvmCall, program.config.guestMemfd === true)
      if (seen instanceof Promise) throw refuse({ kind: 'threads', because: 'none is of another process' })
      return seen
    }
    const records = await guests.together(program, call, n + 1)
    n += program.threads.reduce((sum, { ops }) => sum + ops.length, 0)
    for (const record of records) emit(record)
  }
  return {
    run: async (program, emit, stop) => {
      checkProgram(kvm, program)
      guests.prepare(
        live(),
        program.threads.flatMap(({ ops }) => ops),
      )
      try {
        if (isConcurrent(program)) await runTogether(program, emit)
        else await runAll(program, emit, stop)
      } finally {
        guests.rest()
      }
    },
    reset: async (next = config) => {
      checkConfig(kvm, next)
      const isClean = !live().ring && !guests.isRunning()
      if (kvm.freshness === 'emptied' && isClean) return emptyVm(device, live())
      drop()
      vm = openVm(device)
    },
    close: async () => drop(),
  }
}

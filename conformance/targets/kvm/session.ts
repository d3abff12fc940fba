import type { Config } from '../../../oracle/wire/config.js'
import { inOrder, type Program } from '../../../oracle/wire/program.js'
import { isPossible } from '../../../spec/rules/registers/possible.js'
import type { KernelName } from '../../../spec/terms/kernels.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { pagingOf } from '../../../spec/terms/paging/regime.js'
import { defaultCpu } from '../../../spec/terms/paging/registers.js'
import type { Seen } from '../../../spec/terms/result.js'
import { giveWay } from '../../give-way.js'
import { type Feature, featuresOf } from '../features.js'
import { endOf, startOf } from '../in-process.js'
import { conflictOf, isOwnAnyway } from '../own-config.js'
import type { StopSignal } from '../stop-signal.js'
import type { Session } from '../target.js'
import { MAX_PAGES } from './arena.js'
import { MAX_NR_PAGES, SIZE_OF } from './constants.js'
import type { Device } from './device.js'
import { emptyVm } from './empty.js'
import { closeVcpus, type GuestVm, prepareGuests } from './guest/guest-vm.js'
import { giveKit, type Kit, takeKit } from './guest/kit.js'
import { PAGING } from './guest/linear.js'
import type { GuestAbilities } from './guest/paths.js'
import { type GuestOperation, isOfGuests, pathOf, performedOf, performGuest } from './guest/perform.js'
import { roomFor, staysAway } from './guest/room.js'
import { type OtherProcess, startOtherProcess } from './other-process.js'
import { answerOf, type KvmCall, perform, writeArgument } from './perform.js'
import { refuse } from './refusal.js'
import { openVm, type Vm } from './vm.js'

/** What `reset` makes of the VM: a new one, or the same one emptied, which no call without vCPUs can observe. */
export type Freshness = 'new' | 'emptied'

export interface Kvm {
  readonly device: Device
  readonly features: readonly Feature[]
  readonly spaces: number
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
 * choose cases that fit (`hello` has them). Only another kernel, and more address spaces than there are, are refused here,
 * since such a program means another VM; of the rest nothing is checked, and what differs shows as a deviation.
 */
const checkConfig = ({ spaces, kernel, vm }: Kvm, config: Config): void => {
  if (config.kernel !== undefined && config.kernel !== kernel)
    throw refuse({ kind: 'kernel', asked: config.kernel, is: kernel ?? null })
  const conflict = conflictOf(vm, config)
  if (conflict !== null) throw refuse({ kind: 'conflict', conflict })
  if (config.spaces !== undefined && config.spaces > spaces)
    throw refuse({ kind: 'spaces', asked: config.spaces, has: spaces })
}

/** Refuses a program as a whole before its first call: what is not offered, and what would harm the machine. */
const checkProgram = (kvm: Kvm, program: Program): void => {
  checkConfig(kvm, program.config)
  const operations = program.threads.flatMap(({ ops }) => ops)
  const missing = featuresOf(program.config, operations).filter(
    feature => !kvm.features.includes(feature) && !isOwnAnyway(kvm.vm, program.config, feature),
  )
  if (missing.length > 0) throw refuse({ kind: 'features', missing })
  for (const o of operations) {
    const pages = o.op === 'set' ? o.size >> 12n : 0n
    if (o.op === 'set' && pages > MAX_PAGES && pages <= MAX_NR_PAGES)
      throw refuse({ kind: 'size', size: o.size })
  }
}

/** How often a guest that is running is looked at. */
const LOOK_EVERY_MS = 100

/** The guests of a session: of its VM, and the memory that they leave to those of the next. */
const guestsOf = ({ device, guests }: Kvm) => {
  let kit: Kit | null = null
  let guest: GuestVm | null = null
  const begin = (vm: Vm, operations: readonly Operation[]): GuestVm => {
    if (guests === null) throw refuse({ kind: 'no-guest', because: 'none was seen to run on this kernel' })
    if (guest !== null) {
      if (!staysAway(guest.room, operations)) throw refuse({ kind: 'no-room' })
      return guest
    }
    if (vm.slots.size > 0) throw refuse({ kind: 'late-guest' })
    kit ??= takeKit(device)
    const room = roomFor(operations)
    if (kit === null) throw refuse({ kind: 'no-guest', because: 'there is no memory for them' })
    if (room === null) throw refuse({ kind: 'no-room' })
    guest = prepareGuests(device, vm, kit, guests.cpuid, room)
    return guest
  }
  return {
    /** Sees to it that a program with guests can run, and refuses it as a whole where it cannot. */
    prepare: (vm: Vm, operations: readonly Operation[]): void => {
      if (!operations.some(isOfGuests)) return
      for (const o of operations)
        if (o.op === 'registers') {
          if (!PAGING.includes(pagingOf(o))) throw refuse({ kind: 'no-paging', paging: pagingOf(o) })
          // What no processor can have is for the kernel to refuse.
          if (isPossible(o, o.cpu ?? defaultCpu)) pathOf(o, guests?.paths ?? new Map())
        }
      const { memory } = begin(vm, operations).kit
      for (const o of operations) {
        const isUsual = o.op === 'set' && o.size > 0n && o.hva + o.size <= 1n << 47n
        if (isUsual && memory.place(o.hva, o.size) === null) throw refuse({ kind: 'no-memory', hva: o.hva })
      }
      device.kernel.guests().interruptEvery(LOOK_EVERY_MS)
    },
    rest: (): void => {
      if (guest !== null) device.kernel.guests().interruptEvery(0)
    },
    isRunning: (): boolean => guest !== null,
    performed: (o: GuestOperation): GuestOperation =>
      performedOf(guest as GuestVm, o, guests?.paths ?? new Map()), // prepared
    perform: (o: GuestOperation): Seen => performGuest(guest as GuestVm, o),
    /** The call with the memory that is behind its host address. */
    backed: (call: SetCall): SetCall => {
      const address = guest?.kit.memory.place(call.hva, call.size) ?? null
      return address === null ? call : { ...call, hva: u64(address) }
    },
    end: (): void => {
      if (guest !== null) closeVcpus(guest)
      guest = null
    },
    giveBack: (): void => {
      if (kit !== null) giveKit(device, kit)
      kit = null
    },
  }
}

/** A session in this process, which a guest cannot leave: but what KVM does wrong with it may end the process. */
export const openSession = (kvm: Kvm, config: Config): Session => {
  checkConfig(kvm, config)
  const { device } = kvm
  const guests = guestsOf(kvm)
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
    if (vm !== null) device.kernel.close(vm.fd)
    vm = null
    guests.giveBack()
  }
  const byOtherProcess = async (call: KvmCall): Promise<Seen> => {
    const request = writeArgument(device.arena, call)
    const argument = new Uint8Array(device.arena.view.buffer).slice(0, SIZE_OF.region2)
    other ??= startOtherProcess(live().fd)
    return answerOf(await other.ioctl(request, argument))
  }
  const performCall = (call: KvmCall): Seen | Promise<Seen> => {
    const backed = call.op === 'set' ? guests.backed(call) : call
    return 'caller' in backed ? byOtherProcess(backed) : perform(device, live(), backed, call)
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
      const seen = isOfGuests(done) ? guests.perform(done) : await performCall(done as KvmCall)
      emit(endOf(n, seen))
      if (n % OPERATIONS_AT_ONCE === 0) await giveWay()
    }
  }
  return {
    run: async (program, emit, stop) => {
      checkProgram(kvm, program)
      guests.prepare(
        live(),
        program.threads.flatMap(({ ops }) => ops),
      )
      try {
        await runAll(program, emit, stop)
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

import type { Program } from '../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import { isPossible } from '../../../spec/rules/registers/possible.js'
import type { KernelName } from '../../../spec/terms/kernels.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { pagingOf } from '../../../spec/terms/paging/regime.js'
import { defaultCpu } from '../../../spec/terms/paging/registers.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { Device } from './device.js'
import { closeVcpus, type GuestVm, prepareGuests } from './guest/guest-vm.js'
import { giveKit, type Kit, takeKit } from './guest/kit.js'
import { PAGING } from './guest/linear.js'
import type { GuestAbilities } from './guest/paths.js'
import { type GuestOperation, isOfGuests, pathOf, performedOf, performGuest } from './guest/perform.js'
import { roomFor, staysAway } from './guest/room.js'
import { refuse } from './refusal.js'
import { runThreads } from './threads/run-threads.js'
import type { Vm } from './vm.js'

/** The guests of a session: of its VM, and the memory that they leave to those of the next. */
export interface SessionGuests {
  /** Sees to it that a program with guests can run, and refuses it as a whole where it cannot. */
  prepare(vm: Vm, operations: readonly Operation[]): void
  /** The program is over. */
  rest(): void
  isRunning(): boolean
  /** Runs the threads of a program at the same time; the records, numbered from `first` on. */
  together(program: Program, call: (o: Operation) => Seen, first: number): Promise<readonly TraceRecord[]>
  /** An operation as it will be done. */
  performed(o: GuestOperation): GuestOperation
  perform(o: GuestOperation): Seen
  /** The call with the memory that is behind its host address. */
  backed(call: SetCall): SetCall
  /** The VM is about to be closed. */
  end(): void
  /** The VM is closed. */
  giveBack(): void
}

/** CR4.LA57 */
const FIVE_LEVELS = 1n << 12n

/** How often a guest that is running is looked at. */
const LOOK_EVERY_MS = 100

/** An address by the entry of the root with which pvm’s page faults depend on the CPU. */
const HIDDEN_HALF = 0xffff_8000_0000_0000n
const isInHiddenHalf = (la: bigint): boolean => la >> 39n === HIDDEN_HALF >> 39n

/** Refuses what pvm is known to do wrongly, and otherwise from one time to the next. */
const refuseHidden = (o: GuestOperation): void => {
  const la = 'rip' in o ? o.rip : 'gva' in o ? o.gva : null
  if (la !== null && 'by' in o && o.by === 'hardware' && isInHiddenHalf(la))
    throw refuse({ kind: 'hidden-half' })
}

/** Where no guest runs. */
const NOBODY = { paths: new Map(), forces: false }

export const guestsOf = (
  device: Device,
  guests: GuestAbilities | null,
  kernel: KernelName | undefined,
): SessionGuests => {
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
    prepare: (vm: Vm, operations: readonly Operation[]): void => {
      if (!operations.some(isOfGuests)) return
      for (const o of operations)
        if (o.op === 'registers') {
          if (!PAGING.includes(pagingOf(o))) throw refuse({ kind: 'no-paging', paging: pagingOf(o) })
          // A processor that has no five levels does not take the bit either, whether they are in use or not.
          if ((o.cr4 & FIVE_LEVELS) !== 0n && guests?.cpuid.fiveLevels !== true)
            throw refuse({ kind: 'no-paging', paging: '5-level' })
          // What no processor can have is for the kernel to refuse.
          if (isPossible(o, o.cpu ?? defaultCpu)) pathOf(o, guests?.paths ?? new Map())
        }
      const { memory } = begin(vm, operations).kit
      for (const o of operations) {
        const isUsual = o.op === 'set' && o.size > 0n && o.hva + o.size <= 0x7fff_ffff_f000n
        if (isUsual && memory.place(o.hva, o.size) === null) throw refuse({ kind: 'no-memory', hva: o.hva })
      }
      device.kernel.guests().interruptEvery(LOOK_EVERY_MS)
    },
    rest: (): void => {
      if (guest !== null) device.kernel.guests().interruptEvery(0)
    },
    isRunning: (): boolean => guest !== null,
    together: (program, call, first) => runThreads(guest as GuestVm, program, call, first), // prepared
    performed: (o: GuestOperation): GuestOperation => {
      const done = performedOf(guest as GuestVm, o, guests ?? NOBODY) // prepared
      if (kernel === 'pvm') refuseHidden(done)
      return done
    },
    perform: (o: GuestOperation): Seen => performGuest(guest as GuestVm, o, guests ?? NOBODY),
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

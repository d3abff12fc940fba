import { isLeft } from 'fp-ts/lib/Either.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { GUEST_IOCTL, IOCTL, KVM_RUN } from '../../targets/kvm/constants.js'
import { type Device, openDeviceNow } from '../../targets/kvm/device.js'
import { errnoName } from '../../targets/kvm/errno.js'
import { asModel, createVcpu, type GuestVm, prepareGuests } from '../../targets/kvm/guest/guest-vm.js'
import { takeKit } from '../../targets/kvm/guest/kit.js'
import { PAGE, STUB } from '../../targets/kvm/guest/layout.js'
import { guestAbilities } from '../../targets/kvm/guest/paths.js'
import { MAY_SPEAK, MODEL, ownMode, performPhysical } from '../../targets/kvm/guest/physical.js'
import { putGeneralRegisters } from '../../targets/kvm/guest/registers.js'
import { roomFor } from '../../targets/kvm/guest/room.js'
import { showGigabyte } from '../../targets/kvm/guest/stub.js'
import { loadSystem, type Vcpu } from '../../targets/kvm/guest/vcpu.js'
import { writeGetDirty, writeRegion } from '../../targets/kvm/layout.js'
import { sayUnavailable } from '../../targets/kvm/refusal.js'
import { noteSuccess, openVm } from '../../targets/kvm/vm.js'
import type { Benchmark } from '../benchmark.js'
import { lazily } from '../lazily.js'
import { missingNative, nativeOf } from '../peers/native.js'
import { casesBenchmark } from './kvm-cases.js'

/** Half of C's rate for calls that do little, and four fifths where the guest is entered. */
const OF_CALLS = { of: 'ratio', atMost: 2 } as const
const OF_RUNS = { of: 'ratio', atMost: 1.25 } as const

const PAGES = 256
const slot: SetCall = {
  op: 'set',
  as: 0,
  id: 0,
  gpa: u64(0x20_0000),
  size: u64(PAGES * PAGE),
  hva: u64(0x1000_0000),
  flags: 1,
}

/** An ioctl, its argument put in place before it is made many times. */
interface Call {
  readonly fd: number
  readonly request: number
  readonly prepare: () => number
  /** What each of them answers. */
  readonly answers: number
  readonly enter?: (times: number) => number
}

interface Machine {
  readonly device: Device
  readonly guest: GuestVm
  readonly vcpu: Vcpu
}

/** `out 0x10, al; jmp` back to it: each entry leaves by the port. */
const SPEAKING = Uint8Array.of(0xe6, 0x10, 0xeb, 0xfc)

/** A VM with a logged slot, and a vCPU that speaks at each entry. What is wrong with it is thrown, and said by `check`. */
const machine = lazily((): Machine => {
  const opened = openDeviceNow()
  if (isLeft(opened)) throw new Error(sayUnavailable(opened.left))
  const device = opened.right
  const guests = guestAbilities(device)
  const room = roomFor([slot])
  const kit = takeKit(device)
  if (guests === null || room === null || kit === null)
    throw new Error('no guest was seen to run on this kernel')
  const vm = openVm(device)
  const guest = prepareGuests(device, vm, kit, guests.cpuid, room)
  const address = kit.memory.place(slot.hva, slot.size) ?? 0
  writeRegion(device.arena.view, { ...slot, hva: u64(BigInt(address)) })
  const set = device.kernel.ioctl(vm.fd, IOCTL.setUserMemoryRegion, device.arena.argument)
  if (set < 0) throw new Error(`the slot was refused (${errnoName(-set)})`)
  noteSuccess(vm, slot)
  createVcpu(guest, 0)
  const one = guest.vcpus.get(0)
  if (one === undefined) throw new Error('a vCPU was refused')
  const vcpu = asModel(guest, one, MODEL)
  showGigabyte(kit.stub, room.stubGpa, room.stubGpa, guest.shown)
  kit.stub.set(SPEAKING, STUB.loop * PAGE)
  return { device, guest, vcpu }
})

/** Loads the registers of the code that speaks. */
const speak = ({ device, guest, vcpu }: Machine): number => {
  loadSystem(device, vcpu, ownMode(guest), guest.room)
  guest.loaded.set(vcpu, null)
  putGeneralRegisters(device.arena.view, {
    rip: guest.room.stubGpa + BigInt(STUB.loop * PAGE),
    rsp: 0n,
    rflags: MAY_SPEAK,
  })
  device.kernel.ioctl(vcpu.fd, GUEST_IOCTL.setRegs, device.arena.argument)
  return 0
}

const callsOf = (is: Machine): readonly Call[] => {
  const { device, guest, vcpu } = is
  const { arena, kernel } = device
  return [
    {
      fd: guest.vm.fd,
      request: IOCTL.setUserMemoryRegion,
      prepare: () => {
        writeRegion(arena.view, { ...slot, gpa: u64(1) })
        return arena.argument
      },
      answers: -22, // EINVAL
    },
    {
      fd: guest.vm.fd,
      request: IOCTL.getDirtyLog,
      prepare: () => {
        writeGetDirty(arena.view, { op: 'get-dirty', as: 0, id: 0 }, arena.bitmap)
        return arena.argument
      },
      answers: 0,
    },
    {
      fd: vcpu.fd,
      request: KVM_RUN,
      prepare: () => speak(is),
      answers: 0,
      enter: times => {
        const guests = kernel.guests()
        let sum = 0
        for (let i = 0; i < times; i++) sum += guests.enter(vcpu.fd)
        return sum
      },
    },
  ]
}

type CallsInC = (fd: number, request: number, argument: number, times: number) => number

const callBenchmark = (
  call: () => Call,
  name: string,
  target: typeof OF_CALLS | typeof OF_RUNS,
  inC: () => CallsInC,
): Benchmark => {
  const ours = (times: number): number => {
    const { fd, request, prepare, enter } = call()
    const argument = prepare()
    if (enter !== undefined) return enter(times)
    const { kernel } = machine().device
    let sum = 0
    for (let i = 0; i < times; i++) sum += kernel.ioctl(fd, request, argument)
    return sum
  }
  const theirs = (times: number): number => {
    const { fd, request, prepare } = call()
    return inC()(fd, request, prepare(), times)
  }
  return {
    name,
    subject: { name: 'koffi', run: ours },
    unit: '/s',
    comparisons: [{ peer: { name: 'C', run: theirs }, target }],
    check: () => {
      try {
        const { answers } = call()
        if (ours(3) !== 3 * answers) return `the call answers ${ours(1)}, not ${answers}`
        return theirs(3) === 3 * answers ? null : `C has the answer ${theirs(1)}, not ${answers}`
      } catch (error) {
        return String(error instanceof Error ? error.message : error)
      }
    },
  }
}

/** A read by a guest as the target makes it, against one KVM_RUN in C: the share of it that is the kernel's. */
const readBenchmark = (inC: () => CallsInC): Benchmark => {
  const read = (times: number): number => {
    const { guest } = machine()
    const vcpu = guest.vcpus.get(0)
    if (vcpu === undefined) throw new Error('there is no vCPU') // made with the machine
    const o = { op: 'read', vcpu: 0, gfn: Number(slot.gpa) / PAGE, offset: 0, size: 8 } as const
    let done = 0
    for (let i = 0; i < times; i++) if (performPhysical(guest, vcpu, o).end === 'data') done++
    return done
  }
  const runs = (times: number): number => {
    const is = machine()
    speak(is)
    return inC()(is.vcpu.fd, KVM_RUN, 0, times)
  }
  return {
    name: 'kvm, a read by a guest',
    subject: { name: 'the target', run: read },
    unit: '/s',
    comparisons: [{ peer: { name: 'a KVM_RUN in C', run: runs }, target: null }],
    check: () => {
      try {
        return read(2) === 2 ? null : 'the guest did not read'
      } catch (error) {
        return String(error instanceof Error ? error.message : error)
      }
    },
  }
}

/** Calls of the target `kvm` beside the same calls in C. */
export const kvmBenchmarks = (): readonly Benchmark[] => {
  const skipped = missingNative()
  const inC = lazily(() =>
    nativeOf('kvm').function<CallsInC>(
      'int kvm_calls(int fd, unsigned long request, unsigned long argument, int times)',
    ),
  )
  const names = [
    ['kvm, a rejected KVM_SET_USER_MEMORY_REGION', OF_CALLS],
    [`kvm, KVM_GET_DIRTY_LOG of ${PAGES} clean pages`, OF_CALLS],
    ['kvm, KVM_RUN to an exit by a port', OF_RUNS],
  ] as const
  const calls = lazily(() => callsOf(machine()))
  const all = [
    ...names.map(([name, target], i) => callBenchmark(() => calls()[i] as Call, name, target, inC)),
    readBenchmark(inC),
  ]
  if (skipped === null) return [...all, casesBenchmark()]
  return all.map(one => ({
    ...one,
    name: `${one.name}: C skipped, ${skipped}`,
    comparisons: [{ peer: null, target: null }],
    check: () => null,
  }))
}

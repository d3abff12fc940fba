import { isDeepStrictEqual } from 'node:util'
import { type U64, u64 } from '../../../../spec/terms/numbers.js'
import type { RegistersCall, SetCall } from '../../../../spec/terms/operation.js'
import { spacesOf } from '../capabilities.js'
import { CAP_EXIT_ON_EMULATION_FAILURE, GUEST_IOCTL, IOCTL, SIZE_OF } from '../constants.js'
import type { Device } from '../device.js'
import { errnoName } from '../errno.js'
import { writeRegion } from '../layout.js'
import { refuse } from '../refusal.js'
import type { Vm } from '../vm.js'
import type { Cpuid, CpuModel } from './cpuid.js'
import type { Kit } from './kit.js'
import { PAGE, STUB_BYTES } from './layout.js'
import type { Room } from './room.js'
import type { Rootless } from './rootless.js'
import { putStub } from './stub.js'
import { setModel, type Vcpu } from './vcpu.js'

/** A vCPU of a case: a vCPU of the kernel for each processor that it has pretended to be, and the registers it was given. */
export interface CaseVcpu {
  readonly id: number
  readonly byModel: Vcpu[]
  image: { readonly of: RegistersCall; readonly vcpu: Vcpu } | null
}

/** A VM in which guests run. */
export interface GuestVm {
  readonly device: Device
  readonly vm: Vm
  readonly kit: Kit
  readonly cpuid: Cpuid
  readonly room: Room
  readonly vcpus: Map<number, CaseVcpu>
  /** Gigabytes that our own tables show. */
  readonly shown: Set<number>
  /** Which registers a vCPU of the kernel has: an image, or nothing that is known. */
  readonly loaded: Map<Vcpu, unknown>
  /** Memory was written past the guest, or by it: what KVM keeps of tables may not be what is in them. */
  isStale: boolean
  /** A guest has run, or an address was translated: KVM may keep something of tables. */
  mayKeepTables: boolean
  /** Where the spare slot is; null until it is needed. */
  spare: 0 | 1 | null
  /** vCPUs of the kernel that met no root. */
  readonly rootless: Map<Vcpu, Rootless>
  /** Host pages that the host has taken rights from. */
  readonly restricted: Set<bigint>
}

const ourSlot = (id: number, gpa: U64, size: number, hva: number): SetCall => ({
  op: 'set',
  as: 0,
  id,
  gpa,
  size: BigInt(size) as U64,
  hva: BigInt(hva) as U64,
  flags: 0,
})

const set = ({ kernel, arena }: Device, vm: Vm, call: SetCall): void => {
  writeRegion(arena.view, call)
  const result = kernel.ioctl(vm.fd, IOCTL.setUserMemoryRegion, arena.argument)
  if (result < 0)
    throw refuse({ kind: 'no-guest', because: `our own slot was refused (${errnoName(-result)})` })
}

const exitOnEmulationFailure = ({ kernel, arena }: Device, vm: Vm): void => {
  for (let at = 0; at < SIZE_OF.enableCap; at += 8) arena.view.setBigUint64(at, 0n, true)
  arena.view.setUint32(0, CAP_EXIT_ON_EMULATION_FAILURE, true)
  arena.view.setBigUint64(8, 1n, true)
  kernel.ioctl(vm.fd, IOCTL.enableCap, arena.argument)
}

/** Makes a VM ready for guests: the slot of ours, and the exit on emulation failure. */
export const prepareGuests = (device: Device, vm: Vm, kit: Kit, cpuid: Cpuid, room: Room): GuestVm => {
  kit.stub.fill(0)
  putStub(kit.stub, room.stubGpa, room.rootIndex)
  set(device, vm, ourSlot(room.stubId, room.stubGpa, STUB_BYTES, kit.stubAddress))
  // A vCPU in SMM needs it as well, and sees the slots of space 1 only.
  if (spacesOf(device) > 1)
    set(device, vm, { ...ourSlot(room.stubId, room.stubGpa, STUB_BYTES, kit.stubAddress), as: 1 })
  exitOnEmulationFailure(device, vm)
  return {
    device,
    vm,
    kit,
    cpuid,
    room,
    vcpus: new Map(),
    shown: new Set(),
    loaded: new Map(),
    isStale: false,
    mayKeepTables: false,
    spare: null,
    rootless: new Map(),
    restricted: new Set(),
  }
}

/** The spare slot at one of its two places. */
const spareAt = (place: 0 | 1, { room, kit }: Pick<GuestVm, 'room' | 'kit'>): SetCall =>
  ourSlot(room.spareId, u64(room.spareGpa + BigInt(place * 2 * PAGE)), PAGE, kit.stubAddress)

const putSpare = (guest: GuestVm, place: 0 | 1): void => {
  set(guest.device, guest.vm, spareAt(place, guest))
  guest.spare = place
}

/** Under shadow paging KVM does not see the host write a table. A slot that is moved takes everything cached with it. */
const forgetTables = (guest: GuestVm): void => {
  if (guest.spare === null) putSpare(guest, 0)
  guest.vm.zaps++
  putSpare(guest, guest.spare === 0 ? 1 : 0)
  guest.mayKeepTables = false
}

/** Sees to it that KVM finds tables as they are in memory by now. */
export const freshTables = (guest: GuestVm): void => {
  if (guest.isStale && guest.mayKeepTables) forgetTables(guest)
  guest.isStale = false
}

/** Ids of vCPUs that no case asks for begin here; kernels have a thousand and more. */
const FIRST_SPARE_ID = 256

const createKernelVcpu = (guest: GuestVm, id: number): Vcpu | number => {
  const { device, kit, vm } = guest
  const fd = device.kernel.ioctl(vm.fd, GUEST_IOCTL.createVcpu, id)
  if (fd < 0) return fd
  const place = kit.runPages[guest.loaded.size]
  if (place === undefined) throw refuse({ kind: 'no-guest', because: 'it would need more than 64 vCPUs' })
  const mapped = device.kernel.guests().mapOver(place.address, kit.runBytes, fd)
  if (mapped < 0)
    throw refuse({ kind: 'no-guest', because: `a vCPU could not be mapped (${errnoName(-mapped)})` })
  // KVM_RUN alone lets the signal of the time limit through: `struct kvm_signal_mask` is a length and a set.
  device.arena.view.setUint32(0, 8, true)
  device.arena.view.setBigUint64(4, 0n, true)
  device.kernel.ioctl(fd, GUEST_IOCTL.setSignalMask, device.arena.argument)
  const vcpu: Vcpu = { fd, run: place.view, model: null, smm: false, spokeFrom: null }
  guest.loaded.set(vcpu, null)
  return vcpu
}

/** KVM_CREATE_VCPU as the case asks for it: 0, or the negated errno. */
export const createVcpu = (guest: GuestVm, id: number): number => {
  const made = createKernelVcpu(guest, id)
  if (typeof made === 'number') return made
  guest.vcpus.set(id, { id, byModel: [made], image: null })
  return 0
}

/**
 * The vCPU as a processor of a model. The kernel lets CPUID be set until a vCPU first runs, so each model has a vCPU of
 * its own.
 */
export const asModel = (guest: GuestVm, { byModel }: CaseVcpu, model: CpuModel): Vcpu => {
  const is = ({ model: m }: Vcpu) => m === null || isDeepStrictEqual(m, model)
  const found = byModel.find(is)
  const vcpu = found ?? createKernelVcpu(guest, FIRST_SPARE_ID + guest.loaded.size)
  if (typeof vcpu === 'number')
    throw refuse({ kind: 'no-guest', because: `a vCPU was refused (${errnoName(-vcpu)})` })
  if (found === undefined) byModel.push(vcpu)
  if (vcpu.model === null) {
    const result = setModel(guest.device, vcpu, guest.cpuid, model)
    if (result < 0) throw refuse({ kind: 'no-guest', because: `CPUID was refused (${errnoName(-result)})` })
  }
  return vcpu
}

/** Gives back what the kernel has of vCPUs. */
export const closeVcpus = ({ device, kit, loaded }: GuestVm): void => {
  for (const [i, { fd }] of [...loaded.keys()].entries()) {
    device.kernel.guests().unmapOver(kit.runPages[i]?.address ?? 0, kit.runBytes)
    device.kernel.close(fd)
  }
}

/** The slot of the case behind a guest address, and the memory from there to the end of the page; null for a hole. */
export const memoryAt = (
  { vm, kit }: GuestVm,
  gpa: bigint,
  as = 0,
): { readonly slot: SetCall; readonly bytes: Uint8Array } | null => {
  for (const slot of vm.slots.values()) {
    if (slot.as !== as || gpa < slot.gpa || gpa >= slot.gpa + slot.size) continue
    const bytes = kit.memory.bytesAt(slot.hva + (gpa - slot.gpa), PAGE - Number(gpa & 0xfffn))
    return bytes === null ? null : { slot, bytes }
  }
  return null
}

import { GUEST_IOCTL } from '../constants.js'
import type { Device } from '../device.js'
import { type Cpuid, type CpuModel, writeCpuid } from './cpuid.js'
import { type Exit, exitOf, setImmediateExit } from './exit.js'
import {
  cr2Of,
  csBaseOf,
  type GeneralRegisters,
  putGeneralRegisters,
  putSystemRegisters,
  raxOf,
  rspOf,
  type SystemRegisters,
} from './registers.js'
import type { Room } from './room.js'

const EINTR = 4
/** How long a guest of a few instructions may take: a thousand times what it needs on a busy machine. */
const TIME_LIMIT_MS = 1000

/** A vCPU of the kernel. */
export interface Vcpu {
  readonly fd: number
  readonly run: DataView
  /** The processor that CPUID describes, once it is set. */
  model: CpuModel | null
}

/** Sets what CPUID says, which the kernel allows until the first KVM_RUN. The negated errno where it does not. */
export const setModel = ({ kernel, arena }: Device, vcpu: Vcpu, cpuid: Cpuid, model: CpuModel): number => {
  writeCpuid(arena.view, cpuid, model)
  const result = kernel.ioctl(vcpu.fd, GUEST_IOCTL.setCpuid2, arena.argument)
  if (result >= 0) vcpu.model = model
  return result
}

const get = ({ kernel, arena }: Device, vcpu: Vcpu, request: number): DataView => {
  kernel.ioctl(vcpu.fd, request, arena.argument)
  return arena.view
}

/** `struct kvm_sregs` of a vCPU, in memory that calls share. */
export const systemOf = (device: Device, vcpu: Vcpu): DataView => get(device, vcpu, GUEST_IOCTL.getSregs)

/** Loads system registers; the negated errno where the kernel refuses them. */
export const loadSystem = (device: Device, vcpu: Vcpu, image: SystemRegisters, room: Room): number => {
  putSystemRegisters(systemOf(device, vcpu), image, room)
  return device.kernel.ioctl(vcpu.fd, GUEST_IOCTL.setSregs, device.arena.argument)
}

/** What the vCPU has when it has stopped. */
export const stateOf = (device: Device, vcpu: Vcpu) => {
  const system = systemOf(device, vcpu)
  const [csBase, cr2] = [csBaseOf(system), cr2Of(system)]
  const general = get(device, vcpu, GUEST_IOCTL.getRegs)
  return { csBase, cr2, rax: raxOf(general), rsp: rspOf(general) }
}

/** Loads general registers, which also drops an exception that is queued, and runs until an exit or the time limit. */
export const runFrom = (
  device: Device,
  vcpu: Vcpu,
  registers: GeneralRegisters,
  limitMs = TIME_LIMIT_MS,
): Exit => {
  const { kernel, arena } = device
  const guests = kernel.guests()
  putGeneralRegisters(arena.view, registers)
  const loaded = kernel.ioctl(vcpu.fd, GUEST_IOCTL.setRegs, arena.argument)
  if (loaded < 0) return { kind: 'failed', errno: -loaded }
  const started = performance.now()
  for (;;) {
    const result = guests.enter(vcpu.fd)
    if (result >= 0) return exitOf(vcpu.run)
    if (result !== -EINTR) return { kind: 'failed', errno: -result }
    guests.drain()
    if (performance.now() - started > limitMs) return { kind: 'never' }
  }
}

/** Lets an access that went out as MMIO complete, without entering the guest: else it would be part of what comes next. */
export const complete = ({ kernel }: Device, vcpu: Vcpu): void => {
  setImmediateExit(vcpu.run, true)
  kernel.guests().enter(vcpu.fd)
  setImmediateExit(vcpu.run, false)
}

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
/** So often it was interrupted by then: a process that was stopped for the time has not run a guest for it. */
const LEAST_INTERRUPTED = 4

/** A vCPU of the kernel. */
export interface Vcpu {
  readonly fd: number
  readonly run: DataView
  /** The processor that CPUID describes, once it is set. */
  model: CpuModel | null
  /** Whether it is in SMM, where it sees the slots of space 1. */
  smm: boolean
  /** Where the code began that last left by a port; null after any other exit. */
  spokeFrom: bigint | null
}

/** `struct kvm_vcpu_events`: flags, and whether the vCPU is in SMM. */
const EVENTS = { bytes: 64, flags: 20, smm: 24 } as const
const VALID_SMM = 8

/** Brings a vCPU into SMM or out of it, as userspace does that restores one; the negated errno where it cannot be. */
export const setSmm = ({ kernel, arena }: Device, vcpu: Vcpu, on: boolean): number => {
  const got = kernel.ioctl(vcpu.fd, GUEST_IOCTL.getVcpuEvents, arena.argument)
  if (got < 0) return got
  arena.view.setUint32(EVENTS.flags, VALID_SMM, true)
  arena.view.setUint8(EVENTS.smm, on ? 1 : 0)
  const result = kernel.ioctl(vcpu.fd, GUEST_IOCTL.setVcpuEvents, arena.argument)
  if (result >= 0) vcpu.smm = on
  return result
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

/** Clears what is queued or injected, which loading registers alone does not; whether it is in SMM stays. */
export const clearEvents = ({ kernel, arena }: Device, vcpu: Vcpu): void => {
  for (let at = 0; at < EVENTS.bytes; at += 8) arena.view.setBigUint64(at, 0n)
  kernel.ioctl(vcpu.fd, GUEST_IOCTL.setVcpuEvents, arena.argument)
}

/** What the vCPU has when it has stopped. */
export const stateOf = (device: Device, vcpu: Vcpu) => {
  const system = systemOf(device, vcpu)
  const [csBase, cr2] = [csBaseOf(system), cr2Of(system)]
  const general = get(device, vcpu, GUEST_IOCTL.getRegs)
  return { csBase, cr2, rax: raxOf(general), rsp: rspOf(general) }
}

/** Lets an access that went out to userspace complete, without entering the guest: else it would be part of what comes next. */
export const complete = ({ kernel }: Device, vcpu: Vcpu): void => {
  setImmediateExit(vcpu.run, true)
  kernel.guests().enter(vcpu.fd)
  setImmediateExit(vcpu.run, false)
}

/** Loads general registers, which also drops an exception that is queued, and runs until an exit or the time limit. */
export const runFrom = (
  device: Device,
  vcpu: Vcpu,
  registers: GeneralRegisters,
  limitMs = TIME_LIMIT_MS,
): Exit => {
  const { kernel, arena } = device
  // KVM skips the instruction that spoke when it is entered again at the same place: that is to be over by then.
  if (vcpu.spokeFrom === registers.rip) complete(device, vcpu)
  vcpu.spokeFrom = null
  putGeneralRegisters(arena.view, registers)
  const loaded = kernel.ioctl(vcpu.fd, GUEST_IOCTL.setRegs, arena.argument)
  return loaded < 0 ? { kind: 'failed', errno: -loaded } : goOn(device, vcpu, registers.rip, limitMs)
}

/** Runs with the registers that it has, until an exit or the time limit; `from` is where it began. */
export const goOn = ({ kernel }: Device, vcpu: Vcpu, from: bigint, limitMs = TIME_LIMIT_MS): Exit => {
  const guests = kernel.guests()
  const started = performance.now()
  for (let interrupted = 1; ; interrupted++) {
    const result = guests.enter(vcpu.fd)
    if (result >= 0) {
      const exit = exitOf(vcpu.run)
      if (exit.kind === 'port') vcpu.spokeFrom = from
      return exit
    }
    if (result !== -EINTR) return { kind: 'failed', errno: -result }
    guests.drain()
    if (interrupted >= LEAST_INTERRUPTED && performance.now() - started > limitMs) return { kind: 'never' }
  }
}

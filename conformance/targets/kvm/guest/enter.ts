import type { U64 } from '../../../../spec/terms/numbers.js'
import { modeOf } from '../../../../spec/terms/paging/regime.js'
import type { Exception, Seen } from '../../../../spec/terms/result.js'
import { errnoName } from '../errno.js'
import { refuse } from '../refusal.js'
import { PORT } from './code.js'
import type { Exit } from './exit.js'
import type { GuestVm } from './guest-vm.js'
import type { Kit } from './kit.js'
import { REAL_HANDLERS } from './layout.js'
import { type GeneralRegisters, type SystemRegisters, slotSeenAt, stackTop } from './registers.js'
import { noteLoaded } from './rootless.js'
import { complete, loadSystem, runFrom, stateOf, type Vcpu } from './vcpu.js'
import { serve, type Vmm } from './vmm.js'

/** What of a VM a vCPU is entered with: also in a thread that has no more of it. */
export interface Entering extends Pick<GuestVm, 'device' | 'room' | 'loaded' | 'rootless' | 'mayKeepTables'> {
  readonly kit: Pick<Kit, 'stub'>
}

export type AccessSeen = Extract<Seen, { is: 'access' }>

/** Vectors that a case may expect; any other is no exception of ours to name. */
const VECTORS: Readonly<Record<number, Exception['vector']>> = { 6: '#UD', 13: '#GP', 14: '#PF' }
const PAGE_FAULT = 14
const HAS_ERROR_CODE: ReadonlySet<number> = new Set([8, 10, 11, 12, 13, 14, 17])

/** The exception whose handler spoke: its error code is on the stack, its address in CR2. */
const exceptionOf = (
  guest: Entering,
  vcpu: Vcpu,
  system: SystemRegisters,
  number: number,
): Exception | null => {
  const vector = VECTORS[number]
  if (vector === undefined) return null
  const { cr2, rsp } = stateOf(guest.device, vcpu)
  const { stub } = guest.kit
  const onStack = Number(rsp - slotSeenAt(system, guest.room))
  const words = new DataView(stub.buffer, stub.byteOffset, stub.byteLength)
  // Real mode pushes no error code; to the rules it is 0 there.
  const error = modeOf(system) === 'real' ? 0 : words.getUint32(onStack, true)
  return {
    vector,
    ...(HAS_ERROR_CODE.has(number) ? { error } : {}),
    ...(number === PAGE_FAULT ? { cr2: cr2 as U64 } : {}),
  }
}

/** Loads system registers where the vCPU does not have them, and runs; with a VMM, which serves MMIO exits, to the end. */
export const enter = (
  guest: Entering,
  vcpu: Vcpu,
  system: SystemRegisters,
  general: Omit<GeneralRegisters, 'rsp'>,
  vmm: Vmm | null = null,
): Exit => {
  const { device, room } = guest
  if (guest.loaded.get(vcpu) !== system) {
    const result = loadSystem(device, vcpu, system, room)
    if (result < 0)
      throw refuse({ kind: 'no-guest', because: `registers were refused (${errnoName(-result)})` })
    noteLoaded(guest, vcpu, system)
    guest.loaded.set(vcpu, system)
  }
  const rsp = stackTop(system, room)
  guest.mayKeepTables = true
  const first = runFrom(device, vcpu, { ...general, rsp })
  const exit = vmm === null ? first : serve(device, vcpu, vmm, first, general.rip)
  if (exit.kind === 'mmio') complete(device, vcpu)
  // A handler runs at CPL 0, and a vCPU that shut down has the registers of a reset.
  if (!(exit.kind === 'port' && exit.port !== PORT.exception)) guest.loaded.set(vcpu, null)
  return exit
}

/** Which exception a handler of real mode is for, by the segment in which it is. */
const vectorBySegment = (csBase: bigint): number =>
  Number(csBase - BigInt(REAL_HANDLERS.gpa)) / REAL_HANDLERS.apart

/** The exception whose handler of real mode could not be fetched, where the case has no memory for handlers. */
const unhandled = (guest: Entering, vcpu: Vcpu, system: SystemRegisters): Exception | null => {
  if (modeOf(system) !== 'real') return null
  const { csBase } = stateOf(guest.device, vcpu)
  return csBase === system.cs.base ? null : exceptionOf(guest, vcpu, system, vectorBySegment(csBase))
}

/** KVM_INTERNAL_ERROR_EMULATION of `include/uapi/linux/kvm.h`. */
export const EMULATION = 1

/** How an access ended that did not end as it should; an exit of the guest's own port is not among them. */
export const endOf = (
  guest: Entering,
  vcpu: Vcpu,
  system: SystemRegisters,
  exit: Exit,
  tell: (bytes: Uint8Array) => string,
): AccessSeen => {
  switch (exit.kind) {
    case 'mmio':
      return { is: 'access', end: 'mmio' }
    case 'internal error': {
      const { suberror, ndata, flags, bytes } = exit
      // The words of any other error are not flags and bytes.
      if (suberror !== EMULATION) return { is: 'access', end: 'exit', exit: { suberror, ndata } }
      const exception = unhandled(guest, vcpu, system)
      if (exception !== null) return { is: 'access', end: 'fault', exception }
      const given = (flags & 1) !== 0
      return {
        is: 'access',
        end: 'exit',
        exit: { suberror, ndata, flags: flags & 1, ...(given ? { bytes: tell(bytes) } : {}) },
      }
    }
    case 'shutdown':
      return { is: 'access', end: 'shutdown' }
    case 'failed':
      return { is: 'access', end: 'exit', errno: errnoName(exit.errno) }
    case 'never':
      return { is: 'access', end: 'never returns' }
    case 'halted': {
      // Only handlers of real mode halt before they have said anything.
      const vector = vectorBySegment(stateOf(guest.device, vcpu).csBase)
      const exception = exceptionOf(guest, vcpu, system, vector)
      return { is: 'access', end: 'fault', ...(exception === null ? {} : { exception }) }
    }
    case 'port': {
      const exception = exit.port === PORT.exception ? exceptionOf(guest, vcpu, system, exit.value) : null
      return { is: 'access', end: 'fault', ...(exception === null ? {} : { exception }) }
    }
    case 'other':
      return { is: 'access', end: 'fault', errno: `KVM_EXIT ${exit.reason}` }
  }
}

import { fromBytes, toBytes } from '../../../../spec/terms/memory.js'
import { u64 } from '../../../../spec/terms/numbers.js'
import type { ReadAccess, WriteAccess } from '../../../../spec/terms/operation.js'
import { NUMBER_CODE_BYTES, numberCode } from '../../number-code.js'
import { refuse } from '../refusal.js'
import { instructionOf, isMoved, offsetOf, PORT, SPEAK_OFFSET } from './code.js'
import type { CpuModel } from './cpuid.js'
import { type AccessSeen, type Entering, endOf, enter } from './enter.js'
import type { Exit } from './exit.js'
import { asModel, type CaseVcpu, type GuestVm, memoryAt } from './guest-vm.js'
import { linearOf, PAGE, STUB } from './layout.js'
import { putOver } from './overlay.js'
import type { SystemRegisters } from './registers.js'
import type { Room } from './room.js'
import { readOnlyView, showGigabyte } from './stub.js'
import { stateOf, type Vcpu } from './vcpu.js'
import { hasAnswered, vmmOf } from './vmm.js'

/** Accesses by frame that a guest can be made to do; `walk` and `ad-update` are never made by themselves. */
export type PhysicalOperation = ReadAccess | (WriteAccess & { readonly op: 'write' | 'rmw' })

/** IOPL 3, so that a user may speak through a port. */
export const MAY_SPEAK = 0x3002n
const CR0 = 0x8001_0001n // PG, WP, PE
const PAE = 0x20n
const LONG_MODE = 0xd00n // LME, LMA, NXE

const ownRegisters = new WeakMap<Room, SystemRegisters>()

/** Registers of a user in 64-bit code, over tables of ours that show all memory by its address. */
export const ownMode = ({ room }: Pick<GuestVm, 'room'>): SystemRegisters => {
  const known = ownRegisters.get(room)
  if (known !== undefined) return known
  const made: SystemRegisters = {
    cr0: u64(CR0),
    cr3: u64(room.stubGpa + BigInt(STUB.root * PAGE)),
    cr4: u64(PAE),
    efer: u64(LONG_MODE),
    rflags: u64(2),
    cpl: 3,
    cs: { base: u64(0), limit: 0xffff_ffff, d: false, l: true },
  }
  ownRegisters.set(room, made)
  return made
}

/** A register's low bytes, as bytes of memory. */
export const bytesOf = (register: bigint, size: number): string => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, register, true)
  return toBytes(bytes.subarray(0, size))
}
/** Bytes of memory as the register that holds them. */
export const registerOf = (data: string): bigint => {
  const bytes = new Uint8Array(8)
  bytes.set(fromBytes(data).subarray(0, 8)) // more is refused before it is used
  return new DataView(bytes.buffer).getBigUint64(0, true)
}

export const MODEL: CpuModel = { maxPhyAddr: 46, amd: false, gigabytePages: true }
const LONGEST = 15

/** How an access by frame ends: its rules name no address and no bytes of an instruction. */
const endOfFrame = (guest: Entering, vcpu: Vcpu, exit: Exit): AccessSeen => {
  const { end, errno } = endOf(guest, vcpu, ownMode(guest), exit, toBytes)
  return { is: 'access', end, ...(errno === undefined ? {} : { errno }) }
}

const fetch = (guest: GuestVm, vcpu: CaseVcpu, gpa: bigint, length: number): AccessSeen => {
  if (length > LONGEST) throw refuse({ kind: 'no-instruction', bytes: length })
  const processor = asModel(guest, vcpu, MODEL)
  const memory = memoryAt(guest, gpa, processor.smm ? 1 : 0)
  const over = putOver(instructionOf(length), i => memory?.bytes.subarray(i) ?? null)
  const general = { rip: readOnlyView(gpa), rflags: MAY_SPEAK, rdx: BigInt(PORT.fetched) }
  const exit = enter(guest, processor, ownMode(guest), general)
  over.takeAway()
  if (exit.kind !== 'port' || exit.port !== PORT.fetched) return endOfFrame(guest, processor, exit)
  return { is: 'access', end: 'data', ...(over.before === null ? {} : { data: over.before }) }
}

/** A load, a store or an exchange by a vCPU of the kernel. */
export const move = (guest: Entering, processor: Vcpu, gpa: bigint, o: PhysicalOperation): AccessSeen => {
  const size = 'data' in o ? o.data.length / 2 : o.size
  if (!isMoved(size)) throw refuse({ kind: 'no-instruction', bytes: size })
  const how = o.op === 'read' ? 'load' : o.op === 'write' ? 'store' : 'exchange'
  const vmm = vmmOf()
  const general = {
    rip: linearOf(guest.room.rootIndex) + BigInt(STUB.userCode * PAGE + offsetOf(how, size)),
    rflags: MAY_SPEAK,
    rax: 'data' in o ? registerOf(o.data) : 0n,
    rbx: how === 'load' ? readOnlyView(gpa) : gpa,
  }
  const exit = enter(guest, processor, ownMode(guest), general, vmm)
  if (exit.kind !== 'port' || exit.port !== PORT.done) return endOfFrame(guest, processor, exit)
  if (vmm.exits.length > 0) {
    const old = how === 'exchange' && !hasAnswered(vmm)
    const data = old ? { data: bytesOf(stateOf(guest.device, processor).rax, size) } : {}
    return { is: 'access', end: 'mmio', ...data, mmio: vmm.exits }
  }
  if (how === 'store') return { is: 'access', end: 'data' }
  return { is: 'access', end: 'data', data: bytesOf(stateOf(guest.device, processor).rax, size) }
}

/**
 * A fetch of the code that stands there, which has a number (`numberCode`). Where vCPUs run at the same time none can be put
 * there for one of them alone.
 */
export const fetchNumber = (guest: Entering, processor: Vcpu, gpa: bigint): AccessSeen => {
  const speak = linearOf(guest.room.rootIndex) + BigInt(STUB.userCode * PAGE + SPEAK_OFFSET)
  const general = { rip: readOnlyView(gpa), rflags: MAY_SPEAK, rdx: speak }
  const exit = enter(guest, processor, ownMode(guest), general)
  if (exit.kind !== 'port' || exit.port !== PORT.done) return endOfFrame(guest, processor, exit)
  const said = Number(stateOf(guest.device, processor).rax & 0xffff_ffffn)
  return { is: 'access', end: 'data', data: toBytes(numberCode(said)) }
}

/** Whether vCPUs that run at the same time can make an access by frame. */
export const isMadeAtOnce = (o: PhysicalOperation): boolean =>
  o.op === 'fetch' ? o.size === NUMBER_CODE_BYTES : isMoved('data' in o ? o.data.length / 2 : o.size)

/** Makes a guest read, write, exchange or run what is at an address of its memory. */
export const performPhysical = (guest: GuestVm, vcpu: CaseVcpu, o: PhysicalOperation): AccessSeen => {
  if (o.by === 'emulator') throw refuse({ kind: 'other-path', by: 'hardware' }) // all are made at CPL 3
  const gpa = BigInt(o.gfn) * BigInt(PAGE) + BigInt(o.offset)
  if (!showGigabyte(guest.kit.stub, guest.room.stubGpa, gpa, guest.shown))
    throw refuse({ kind: 'too-far', gpa })
  if (o.op === 'fetch') return fetch(guest, vcpu, gpa, o.size)
  if (o.op !== 'read') guest.isStale = true // it may have been a table
  return move(guest, asModel(guest, vcpu, MODEL), gpa, o)
}

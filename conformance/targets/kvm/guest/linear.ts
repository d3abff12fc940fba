import { u64 } from '../../../../spec/terms/numbers.js'
import type {
  FetchInstruction,
  ReadVirtual,
  RegistersCall,
  RmwVirtual,
  Translate,
  WriteVirtual,
} from '../../../../spec/terms/operation.js'
import type { Paging } from '../../../../spec/terms/paging/mode.js'
import { modeOf, pagingOf } from '../../../../spec/terms/paging/regime.js'
import type { Seen } from '../../../../spec/terms/result.js'
import { GUEST_IOCTL } from '../constants.js'
import { isProcessorEmulated } from '../emulated-processor.js'
import { errnoName } from '../errno.js'
import { refuse } from '../refusal.js'
import {
  checksAlignment,
  refuseUnheard,
  rflagsOf,
  rflagsOfFetch,
  withoutFeatures,
} from './asked-registers.js'
import { instructionOf, isMoved, offsetOf, PORT, realHandlers } from './code.js'
import { type AccessSeen, EMULATION, endOf, enter } from './enter.js'
import { asModel, type CaseVcpu, freshTables, type GuestVm, memoryAt } from './guest-vm.js'
import { linearOf, PAGE, REAL_HANDLERS, STUB } from './layout.js'
import { type Located, locate } from './locate.js'
import { type Overlay, putOver } from './overlay.js'
import { bytesOf, MODEL, registerOf } from './physical.js'
import { noteAsked, noteRootless, refuseFreed } from './rootless.js'
import { rootEntryTo } from './stub.js'
import { clearEvents, loadSystem, stateOf, type Vcpu } from './vcpu.js'
import { hasAnswered, type Vmm, vmmOf } from './vmm.js'

/** How guests here can have addresses translated: of tables, this target makes and follows those of four levels. */
export const PAGING: readonly Paging[] = ['none', '4-level']

const LOG = 1
const MASK_64 = (1n << 64n) - 1n
const MASK_32 = (1n << 32n) - 1n
const ROOT = 0x000f_ffff_ffff_f000n

interface Ready {
  readonly guest: GuestVm
  readonly image: RegistersCall
  readonly vcpu: Vcpu
  /** Whether exceptions can be delivered: an entry of the case's root leads to our slot. */
  readonly isReachable: boolean
}

/** KVM_SET_SREGS as the case asks for it. What the processor is to be is what the kernel can make of it. */
export const asPerformed = (guest: GuestVm, o: RegistersCall): RegistersCall => {
  const { maxPhyAddr, gigabytePages, amd } = o.cpu ?? { maxPhyAddr: 46, gigabytePages: true, amd: false }
  return gigabytePages && !guest.cpuid.gigabytePages
    ? { ...o, cpu: { maxPhyAddr, gigabytePages: false, amd } }
    : o
}

export const loadRegisters = (guest: GuestVm, vcpu: CaseVcpu, o: RegistersCall): Seen => {
  // Each processor that a vCPU pretends to be is a vCPU of its own, and only the one of accesses by frame enters SMM.
  if (vcpu.byModel.some(({ smm }) => smm)) throw refuse({ kind: 'no-smi' })
  refuseUnheard(o)
  const processor = asModel(guest, vcpu, o.cpu ?? MODEL)
  const result = loadSystem(guest.device, processor, o, guest.room)
  if (result < 0) {
    const bare = withoutFeatures(o)
    if (bare.cr4 !== o.cr4 && loadSystem(guest.device, processor, bare, guest.room) >= 0)
      throw refuse({ kind: 'control-bits' })
    return { is: 'error', errno: errnoName(-result) }
  }
  clearEvents(guest.device, processor)
  noteAsked(guest, vcpu.image?.vcpu, processor, o)
  vcpu.image = { of: o, vcpu: processor }
  guest.loaded.set(processor, o)
  return { is: 'ok' }
}

/** Puts our entry into the case's root, where it has memory. */
const reach = (guest: GuestVm, image: RegistersCall): boolean => {
  if (pagingOf(image) === 'none') return true
  const root = memoryAt(guest, image.cr3 & ROOT)
  if (root === null) return false
  const view = new DataView(root.bytes.buffer, root.bytes.byteOffset, root.bytes.byteLength)
  const at = guest.room.rootIndex * 8
  const entry = rootEntryTo(guest.room.stubGpa)
  if (view.getBigUint64(at, true) !== entry) {
    view.setBigUint64(at, entry, true)
    guest.isStale = true
  }
  return true
}

const ready = (guest: GuestVm, { image, byModel }: CaseVcpu): Ready => {
  if (byModel.some(({ smm }) => smm)) throw refuse({ kind: 'no-smi' })
  if (image === null) throw refuse({ kind: 'no-registers' })
  const isReachable = reach(guest, image.of)
  freshTables(guest)
  refuseFreed(guest, image.vcpu)
  return { guest, image: image.of, vcpu: image.vcpu, isReachable }
}

const find = ({ guest, image }: Ready, la: bigint): Located | null => {
  const paging = pagingOf(image)
  if (paging === 'none') return { gpa: la, entries: [] }
  const read = (gpa: bigint): bigint | null => {
    const memory = memoryAt(guest, gpa)
    if (memory === null) return null
    return new DataView(memory.bytes.buffer, memory.bytes.byteOffset, 8).getBigUint64(0, true)
  }
  return locate(read, image.cr3, la)
}

/** Puts an instruction where an offset in the code segment leads. */
const putAt = (at: Ready, rip: bigint, code: Uint8Array): Overlay => {
  const { guest, image } = at
  const linear = (i: number): bigint =>
    modeOf(image) === '64-bit' ? (rip + BigInt(i)) & MASK_64 : (image.cs.base + rip + BigInt(i)) & MASK_32
  const pages = new Map<bigint, Located | null>()
  return putOver(code, i => {
    const la = linear(i)
    const page = la & ~0xfffn
    const located = pages.has(page) ? (pages.get(page) as Located | null) : find(at, page)
    pages.set(page, located)
    if (located === null) return null
    const gpa = located.gpa + (la & 0xfffn)
    if ([...pages.values()].some(l => l?.entries.some(entry => entry <= gpa && gpa < entry + 8n)))
      throw refuse({ kind: 'code-in-tables' })
    return memoryAt(guest, gpa)?.bytes ?? null
  })
}

/** An exception that no handler can be reached for is a shutdown, whatever it was. */
const seenOf = (seen: AccessSeen, hidden: boolean): AccessSeen => {
  if (seen.end === 'shutdown' && hidden) throw refuse({ kind: 'no-handler' })
  return seen
}
/** Whether the host cannot read the root: the case's own rights, which are not looked at here, may say so. */
const isHidden = ({ guest, image, isReachable }: Ready): boolean =>
  !isReachable ||
  guest.restricted.size > 0 ||
  (modeOf(image) === 'real' && memoryAt(guest, BigInt(REAL_HANDLERS.gpa)) === null)

/** Handlers for real mode, where the case has memory for them: to be taken away again. */
const putRealHandlers = ({ guest, image }: Ready): Overlay | null => {
  const memory = modeOf(image) === 'real' ? memoryAt(guest, BigInt(REAL_HANDLERS.gpa)) : null
  return memory === null ? null : putOver(realHandlers(), i => memory.bytes.subarray(i))
}

const run = (at: Ready, rip: bigint, code: Uint8Array) => {
  const handlers = putRealHandlers(at)
  const over = putAt(at, rip, code)
  const { guest, vcpu, image } = at
  const exit = enter(guest, vcpu, image, { rip, rflags: rflagsOfFetch(image), rdx: BigInt(PORT.fetched) })
  over.takeAway()
  handlers?.takeAway()
  const isFetched = exit.kind === 'port' && exit.port === PORT.fetched
  return { exit, over, isFetched }
}

/**
 * Makes the guest run an instruction at an address of the case. The processor fetches it first; that it speaks through a
 * port makes KVM fetch it once more, to emulate it.
 */
export const fetchInstruction = (
  guest: GuestVm,
  vcpu: CaseVcpu,
  o: FetchInstruction,
  byProcessor: boolean,
): AccessSeen => {
  const at = ready(guest, vcpu)
  if (byProcessor && isProcessorEmulated() && modeOf(at.image) !== '64-bit' && o.rip > MASK_32)
    throw refuse({ kind: 'emulated-processor' })
  const { exit, over, isFetched } = run(at, o.rip, instructionOf(o.length))
  if (isFetched) return { is: 'access', end: 'data', ...(over.before === null ? {} : { data: over.before }) }
  // A processor below shadowed tables shuts down where it finds no root; a fetch of the emulator is a fault, which is not
  // seen, and so is one that ends before any table is read.
  // What the host cannot read is seen by the walk of a handler's fetch as well: which exception was first is not.
  const isRootless = byProcessor && isCanonical(o.rip) && !at.isReachable
  if (exit.kind === 'shutdown' && isRootless) noteRootless(guest, at.vcpu, at.image)
  return seenOf(endOf(guest, at.vcpu, at.image, exit, over.tell), isHidden(at) && !isRootless)
}

/** An address of 64-bit code that four levels of tables can translate: bits 63 to 47 are the same. */
const isCanonical = (la: bigint): boolean => la >> 47n === 0n || la >> 47n === 0x1ffffn

const asGiven = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/**
 * Whether the processor itself cannot walk the case's root to our slot, where what it does is to be the emulator's: there is
 * none, or the host denies it.
 */
const hasOddRoot = ({ guest, image, isReachable }: Ready): boolean => {
  if (!isReachable) return true
  if (pagingOf(image) === 'none') return false
  const root = image.cr3 & ROOT
  const slot = memoryAt(guest, root)?.slot
  return slot === undefined || guest.restricted.has(slot.hva + (root - slot.gpa))
}

const touch = (
  at: Ready,
  how: 'load' | 'store' | 'exchange',
  gva: bigint,
  size: number,
  { rax, forced, vmm = null }: { rax: bigint; forced: boolean; vmm?: Vmm | null },
) => {
  const { guest, image, vcpu } = at
  if (forced && hasOddRoot(at)) throw refuse({ kind: 'emulated-walk' })
  if (!isMoved(size)) throw refuse({ kind: 'no-instruction', bytes: size })
  if (modeOf(image) !== '64-bit') throw refuse({ kind: 'no-code', mode: modeOf(image) })
  const page = image.cpl === 3 ? STUB.userCode : STUB.supervisorCode
  const rip = linearOf(guest.room.rootIndex) + BigInt(page * PAGE + offsetOf(how, size, forced))
  if (checksAlignment(image) && gva % BigInt(size) !== 0n) throw refuse({ kind: 'alignment' })
  return enter(guest, vcpu, image, { rip, rflags: rflagsOf(image), rax, rbx: gva }, vmm)
}

/** An emulation failure tells of the instruction, which is ours: no case names it. */
const withoutInstruction = ({ exit, ...seen }: AccessSeen): AccessSeen =>
  exit === undefined || exit.suberror === EMULATION ? seen : { ...seen, exit }

const HOW = { 'read-virtual': 'load', 'write-virtual': 'store', 'rmw-virtual': 'exchange' } as const

/** Makes the guest load, store or exchange at an address of the case. */
export const accessVirtual = (
  guest: GuestVm,
  vcpu: CaseVcpu,
  o: ReadVirtual | WriteVirtual | RmwVirtual,
  forced: boolean,
): AccessSeen => {
  const at = ready(guest, vcpu)
  const size = o.op === 'read-virtual' ? o.size : o.data.length / 2
  const vmm = vmmOf('device' in o ? o.device : '')
  if (!isMoved(size)) throw refuse({ kind: 'no-instruction', bytes: size })
  const rax = o.op === 'read-virtual' ? 0n : registerOf(o.data)
  const exit = touch(at, HOW[o.op], o.gva, size, { rax, forced, vmm })
  const { exits } = vmm
  if (o.op !== 'read-virtual') guest.isStale = true // it may have been a table
  const mmio = exits.length > 0 ? { mmio: exits } : {}
  if (exit.kind !== 'port' || exit.port !== PORT.done) {
    const seen = seenOf(endOf(guest, at.vcpu, at.image, exit, asGiven), isHidden(at))
    return { ...withoutInstruction(seen), ...mmio }
  }
  const end = exits.length > 0 ? 'mmio' : 'data'
  if (o.op === 'write-virtual') return { is: 'access', end, ...mmio }
  // What a VMM answers of which the case says nothing is not told.
  if (hasAnswered(vmm) && o.device === undefined) return { is: 'access', end, ...mmio }
  return { is: 'access', end, data: bytesOf(stateOf(guest.device, at.vcpu).rax, size), ...mmio }
}

/** KVM_TRANSLATE: where KVM's own walker finds the address, of 32 bits outside 64-bit mode, whatever the rights. */
const translated = ({ guest, image, vcpu }: Ready, address: bigint): AccessSeen => {
  const { device } = guest
  const gva = modeOf(image) === '64-bit' ? address : address & MASK_32
  guest.mayKeepTables = true
  const { view, argument } = device.arena
  view.setBigUint64(0, gva, true)
  if (device.kernel.ioctl(vcpu.fd, GUEST_IOCTL.translate, argument) < 0) return { is: 'access', end: 'data' }
  const isValid = view.getUint8(16) !== 0
  return { is: 'access', end: 'data', ...(isValid ? { gpa: u64(view.getBigUint64(8, true)) } : {}) }
}

/** Where in the code segment an address is. */
const offsetInCode = ({ image }: Ready, gva: bigint): bigint => {
  if (modeOf(image) === '64-bit') return gva
  const offset = (gva - image.cs.base) & MASK_32
  if (offset > image.cs.limit) throw refuse({ kind: 'outside-segment' })
  return offset
}

/** A translation is seen by making the access: a store of what stands there already, a fetch of one byte. */
export const translate = (guest: GuestVm, vcpu: CaseVcpu, o: Translate, forced: boolean): AccessSeen => {
  const at = ready(guest, vcpu)
  if (o.access === 'fetch') {
    const { exit, isFetched } = run(at, offsetInCode(at, o.gva), instructionOf(1))
    if (isFetched || exit.kind === 'internal error') return translated(at, o.gva)
    return seenOf(endOf(guest, at.vcpu, at.image, exit, asGiven), isHidden(at))
  }
  const located = o.access === 'write' ? find(at, o.gva) : null
  const memory = located === null ? null : memoryAt(guest, located.gpa)
  if (memory !== null && (memory.slot.flags & LOG) !== 0) throw refuse({ kind: 'would-mark' })
  const rax = BigInt(memory?.bytes[0] ?? 0)
  const exit = touch(at, o.access === 'read' ? 'load' : 'store', o.gva, 1, { rax, forced })
  if ((exit.kind === 'port' && exit.port === PORT.done) || exit.kind === 'mmio') return translated(at, o.gva)
  return seenOf(endOf(guest, at.vcpu, at.image, exit, asGiven), isHidden(at))
}

import { modeOf, pagingOf } from '../../../../spec/terms/paging/regime.js'
import type { RegisterImage } from '../../../../spec/terms/paging/registers.js'
import { linearOf, PAGE, STACK_TOP, STUB, TSS_32_OFFSET, TSS_BYTES, TSS_OFFSET } from './layout.js'
import type { Room } from './room.js'
import { SELECTOR } from './stub.js'

/** What of a register image becomes `struct kvm_sregs`. */
export type SystemRegisters = Pick<RegisterImage, 'cr0' | 'cr3' | 'cr4' | 'efer' | 'rflags' | 'cpl' | 'cs'>

/** Where code with these registers sees our slot: by the entry of its root, or without paging where the guest has it. */
export const slotSeenAt = (image: SystemRegisters, { rootIndex, stubGpa }: Room): bigint =>
  pagingOf(image) === 'none' ? stubGpa : linearOf(rootIndex)

/** Where the stack segment begins: with real mode at our slot, since pvm pushes there by 16 bits of RSP. */
const stackBase = (image: SystemRegisters, room: Room): bigint =>
  modeOf(image) === 'real' ? slotSeenAt(image, room) : 0n

/** RSP with which exceptions are pushed to our slot. */
export const stackTop = (image: SystemRegisters, room: Room): bigint =>
  slotSeenAt(image, room) + BigInt(STACK_TOP) - stackBase(image, room)

/** The table of what exceptions lead to: its page, and its last byte. */
const tableOf = (image: SystemRegisters): readonly [page: number, limit: number] => {
  const mode = modeOf(image)
  if (mode === 'real') return [STUB.vectors, 0x7f]
  return mode === '64-bit' || mode === 'compatibility' ? [STUB.idt, 0xfff] : [STUB.gates32, 0xff]
}

/** Where `struct kvm_sregs` has them: eight segments of 24 bytes, two tables of 16, then the control registers. */
const AT = { gdt: 192, idt: 208, cr0: 224, cr2: 232, cr3: 240, cr4: 248, efer: 264 } as const
const SEGMENTS = { cs: 0, ds: 1, es: 2, fs: 3, gs: 4, ss: 5, tr: 6, ldt: 7 } as const

interface Segment {
  readonly base: bigint
  readonly limit: number
  readonly selector: number
  readonly type: number
  readonly dpl: number
  readonly db?: boolean
  /** A segment of code or data, and no system segment. */
  readonly s?: boolean
  readonly l?: boolean
  readonly unusable?: boolean
}

/** `struct kvm_segment`: base, limit, selector, then a byte each: type, present, dpl, db, s, l, g, avl, unusable. */
const putSegment = (view: DataView, name: keyof typeof SEGMENTS, segment: Segment): void => {
  const at = SEGMENTS[name] * 24
  const { base, limit, selector, type, dpl, db = false, s = true, l = false, unusable = false } = segment
  view.setBigUint64(at, base, true)
  view.setUint32(at + 8, limit, true)
  view.setUint16(at + 12, selector, true)
  const flags = [type, unusable ? 0 : 1, dpl, db ? 1 : 0, s ? 1 : 0, l ? 1 : 0, limit > 0xfffff ? 1 : 0, 0]
  for (const [i, flag] of [...flags, unusable ? 1 : 0].entries()) view.setUint8(at + 14 + i, flag)
}

const CODE = 11 // execute, read, accessed
const DATA = 3 // read, write, accessed
const BUSY_TSS = 11
const LDT = 2

/** Writes the image over what KVM_GET_SREGS gave, with the segments and tables that exceptions go through. */
export const putSystemRegisters = (view: DataView, image: SystemRegisters, room: Room): void => {
  const { cr0, cr3, cr4, efer, cpl, cs } = image
  const linear = slotSeenAt(image, room)
  const is32 = pagingOf(image) === 'none'
  const isVm = modeOf(image) === 'virtual-8086'
  const user = cpl === 3
  // Virtual-8086 mode has segments of 64 KiB; all others are flat, in real mode too, where a stack above 1 MiB needs it.
  const flat = { base: 0n, limit: isVm ? 0xffff : 0xffff_ffff, type: DATA, dpl: cpl, db: !isVm }
  const selector = (user ? SELECTOR.userData : SELECTOR.data) | cpl
  putSegment(view, 'cs', {
    base: cs.base,
    limit: cs.limit,
    selector: (user ? SELECTOR.userCode : SELECTOR.code) | cpl,
    type: CODE,
    dpl: cpl,
    db: cs.d,
    l: cs.l,
  })
  for (const name of ['ds', 'es', 'fs', 'gs'] as const) putSegment(view, name, { ...flat, selector })
  putSegment(view, 'ss', { ...flat, base: stackBase(image, room), selector })
  putSegment(view, 'tr', {
    base: linear + BigInt(is32 ? TSS_32_OFFSET : TSS_OFFSET),
    limit: TSS_BYTES - 1,
    selector: is32 ? SELECTOR.tss32 : SELECTOR.tss,
    type: BUSY_TSS,
    dpl: 0,
    s: false,
  })
  putSegment(view, 'ldt', { base: 0n, limit: 0, selector: 0, type: LDT, dpl: 0, s: false, unusable: true })
  view.setBigUint64(AT.gdt, linear + BigInt(STUB.gdt * PAGE), true)
  view.setUint16(AT.gdt + 8, 0x47, true)
  const [page, limit] = tableOf(image)
  view.setBigUint64(AT.idt, linear + BigInt(page * PAGE), true)
  view.setUint16(AT.idt + 8, limit, true)
  for (const [at, value] of [
    [AT.cr0, cr0],
    [AT.cr2, 0n],
    [AT.cr3, cr3],
    [AT.cr4, cr4],
    [AT.efer, efer],
  ] as const)
    view.setBigUint64(at, value, true)
}

/** CR2, which a page fault leaves. */
export const cr2Of = (view: DataView): bigint => view.getBigUint64(AT.cr2, true)
/** Where the code segment begins, which comes first. */
export const csBaseOf = (view: DataView): bigint => view.getBigUint64(0, true)

/** General registers that a piece of guest code begins with; all others are 0. */
export interface GeneralRegisters {
  readonly rip: bigint
  /** Where an exception at CPL 0 is pushed; from another CPL it is pushed where the task state segment says. */
  readonly rsp: bigint
  readonly rflags: bigint
  readonly rax?: bigint
  readonly rbx?: bigint
  readonly rdx?: bigint
  readonly rdi?: bigint
}

/** `struct kvm_regs`: RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 to R15, RIP, RFLAGS. */
export const putGeneralRegisters = (view: DataView, registers: GeneralRegisters): void => {
  for (let at = 0; at < 144; at += 8) view.setBigUint64(at, 0n, true)
  const { rip, rsp, rflags, rax = 0n, rbx = 0n, rdx = 0n, rdi = 0n } = registers
  for (const [at, value] of [
    [0, rax],
    [8, rbx],
    [24, rdx],
    [40, rdi],
    [48, rsp],
    [128, rip],
    [136, rflags],
  ] as const)
    view.setBigUint64(at, value, true)
}

export const raxOf = (view: DataView): bigint => view.getBigUint64(0, true)
export const rspOf = (view: DataView): bigint => view.getBigUint64(48, true)

import { allHandlers, movingCode, VECTORS } from './code.js'
import {
  HANDLER_BYTES,
  linearOf,
  PAGE,
  REAL_HANDLERS,
  STACK_TOP,
  STUB,
  TSS_32_OFFSET,
  TSS_OFFSET,
  USER_PAGES,
} from './layout.js'

/** Selectors of the descriptors below. */
export const SELECTOR = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  tss: 0x28,
  code32: 0x38,
  tss32: 0x40,
} as const

const P = 0x01n
const W = 0x02n
const U = 0x04n
const A = 0x20n
const D = 0x40n
const LARGE = 0x80n
/** Accessed already, so that the processor and KVM have nothing to write. */
const TABLE = P | W | U | A

/** Flat segments: 64-bit code and data, for CPL 0 and 3. Base and limit count in no mode that reads them. */
const DESCRIPTORS = [
  0n,
  0x00af9b000000ffffn,
  0x00cf93000000ffffn,
  0x00affb000000ffffn,
  0x00cff3000000ffffn,
] as const

const putDescriptors = (view: DataView, linear: bigint): void => {
  const at = STUB.gdt * PAGE
  for (const [i, descriptor] of DESCRIPTORS.entries()) view.setBigUint64(at + i * 8, descriptor, true)
  const tss = linear + BigInt(TSS_OFFSET)
  const low = ((tss & 0xffffffn) << 16n) | (((tss >> 24n) & 0xffn) << 56n) | 0x0000_8900_0000_0067n
  view.setBigUint64(at + SELECTOR.tss, low, true)
  view.setBigUint64(at + SELECTOR.tss + 8, tss >> 32n, true)
  view.setBigUint64(TSS_OFFSET + 4, linear + BigInt(STACK_TOP), true) // RSP0
  view.setUint16(TSS_OFFSET + BITMAP_AT, TSS_FIELDS, true)
}

/** In every task state segment: where its bitmap of ports is, and where its fields end. */
const BITMAP_AT = 102
const TSS_FIELDS = 104

/** What code without long mode needs: it sees the slot where the guest has it, at `gpa`. */
const putFor32 = (view: DataView, gpa: bigint): void => {
  view.setBigUint64(STUB.gdt * PAGE + SELECTOR.code32, 0x00cf9b000000ffffn, true)
  view.setUint32(TSS_32_OFFSET + 4, Number(gpa) + STACK_TOP, true) // ESP0
  view.setUint16(TSS_32_OFFSET + 8, SELECTOR.data, true) // SS0
  view.setUint16(TSS_32_OFFSET + BITMAP_AT, TSS_FIELDS, true)
  for (let vector = 0; vector < VECTORS; vector++) {
    const handler = gpa + BigInt(STUB.handlers * PAGE + vector * HANDLER_BYTES)
    const gate =
      (handler & 0xffffn) |
      (BigInt(SELECTOR.code32) << 16n) |
      (0x8e00n << 32n) |
      (((handler >> 16n) & 0xffffn) << 48n)
    view.setBigUint64(STUB.gates32 * PAGE + vector * 8, gate, true)
    // Offset 0, and the segment.
    const segment = (REAL_HANDLERS.gpa + vector * REAL_HANDLERS.apart) >> 4
    view.setUint32(STUB.vectors * PAGE + vector * 4, segment * 0x1_0000, true)
  }
}

/** Interrupt gates to the handlers, at CPL 0. */
const putGates = (view: DataView, linear: bigint): void => {
  for (let vector = 0; vector < VECTORS; vector++) {
    const handler = linear + BigInt(STUB.handlers * PAGE + vector * HANDLER_BYTES)
    const gate =
      (handler & 0xffffn) |
      (BigInt(SELECTOR.code) << 16n) |
      (0x8e00n << 32n) |
      (((handler >> 16n) & 0xffffn) << 48n)
    view.setBigUint64(STUB.idt * PAGE + vector * 16, gate, true)
    view.setBigUint64(STUB.idt * PAGE + vector * 16 + 8, handler >> 32n, true)
  }
}

const putCode = (bytes: Uint8Array): void => {
  bytes.set(allHandlers(), STUB.handlers * PAGE)
  for (const page of [STUB.userCode, STUB.supervisorCode])
    for (const { offset, bytes: code } of movingCode()) bytes.set(code, page * PAGE + offset)
}

/** Tables that show the slot's own pages. */
const putOwnTables = (view: DataView, gpa: bigint): void => {
  const at = (page: number) => gpa + BigInt(page * PAGE)
  view.setBigUint64(STUB.ownPointers * PAGE, at(STUB.ownDirectory) | TABLE, true)
  view.setBigUint64(STUB.ownDirectory * PAGE, at(STUB.ownTable) | TABLE, true)
  for (let page = 0; page < STUB.root; page++) {
    const user = USER_PAGES.has(page) ? U : 0n
    view.setBigUint64(STUB.ownTable * PAGE + page * 8, at(page) | P | W | A | D | user, true)
  }
}

/** What an entry of any root must be so that it leads to the slot. */
export const rootEntryTo = (gpa: bigint): bigint => (gpa + BigInt(STUB.ownPointers * PAGE)) | TABLE

/** Gigabytes that our own tables can show, each by a directory of its own. */
const GIGABYTES = 512
/** Entries of our root: memory as it is, and the same once more without the right to write. */
export const READ_ONLY_VIEW = 1
const VIEW_BYTES = BigInt(GIGABYTES) << 30n

/** Puts everything in its place. `bytes` is the slot's memory, `gpa` where the guest has it. */
export const putStub = (bytes: Uint8Array, gpa: bigint, rootIndex: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const linear = linearOf(rootIndex)
  putDescriptors(view, linear)
  putGates(view, linear)
  putFor32(view, gpa)
  putCode(bytes)
  putOwnTables(view, gpa)
  const pointers = gpa + BigInt(STUB.pointers * PAGE)
  view.setBigUint64(STUB.root * PAGE, pointers | TABLE, true)
  view.setBigUint64(STUB.root * PAGE + READ_ONLY_VIEW * 8, pointers | (TABLE & ~W), true)
  view.setBigUint64(STUB.root * PAGE + rootIndex * 8, rootEntryTo(gpa), true)
}

/** Where memory is seen that may only be read: no write, so no dirty bit of a table, and no page taken for written. */
export const readOnlyView = (gpa: bigint): bigint => gpa + BigInt(READ_ONLY_VIEW) * VIEW_BYTES

/**
 * Sees to it that our own tables show a gigabyte of guest memory, in pages of 2 MiB. False where it cannot: it lies too
 * high, or there are no tables left.
 */
export const showGigabyte = (bytes: Uint8Array, stubGpa: bigint, gpa: bigint, used: Set<number>): boolean => {
  const gigabyte = Number(gpa >> 30n)
  if (used.has(gigabyte)) return true
  if (gigabyte >= GIGABYTES) return false
  const page = STUB.pool + used.size
  if ((page + 1) * PAGE > bytes.length) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < 512; i++) {
    const at = (BigInt(gigabyte) << 30n) | (BigInt(i) << 21n)
    view.setBigUint64(page * PAGE + i * 8, at | TABLE | D | LARGE, true)
  }
  view.setBigUint64(STUB.pointers * PAGE + gigabyte * 8, (stubGpa + BigInt(page * PAGE)) | TABLE, true)
  used.add(gigabyte)
  return true
}

import { requireInteger, requireObject, requireU64 } from '../base/domain.js'
import type { Errno } from '../base/errno.js'
import { isPageAligned, pageAddress, pageNumber, U64_END } from '../base/frames.js'
import type { Machine } from '../machine.js'
import { MAX_MEMFDS, type MemfdBinding } from '../memslots/memfds.js'
import { GUEST_MEMFD, type Shape } from '../memslots/slot.js'
import type { Outcome } from './outcome.js'

/** KVM_CREATE_GUEST_MEMFD without flags. `file` is the number by which the VM knows it, 0..1023; `size` is in bytes. */
export interface GuestMemfdCall {
  readonly file: number
  readonly size: bigint
}

/** `guest_memfd` and `guest_memfd_offset` of REGION2: a file by its number, or `other`, one that is none of this VM's. */
export interface MemfdField {
  readonly file: number | 'other'
  readonly offset: bigint
}

function requireFile(file: number): void {
  requireInteger('file', file, 0, MAX_MEMFDS - 1)
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireGuestMemfdCall(c: GuestMemfdCall): void {
  requireObject('a guest_memfd', c)
  requireFile(c.file)
  requireU64('size', c.size)
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireMemfdField(f: MemfdField): void {
  requireObject('memfd', f)
  if (f.file !== 'other') requireFile(f.file)
  requireU64('offset', f.offset)
}

/** KVM_CREATE_GUEST_MEMFD (`kvm_gmem_create`). EEXIST is no answer of KVM, which chooses the descriptor. */
export function createGuestMemfd(machine: Machine, { file, size }: GuestMemfdCall): Outcome {
  const { memfds } = machine
  if (memfds === undefined || !machine.limits.kernel.region2) return { errno: 'ENOTTY' }
  if (BigInt.asIntN(64, size) <= 0n || !isPageAligned(size)) return { errno: 'EINVAL' }
  if (memfds.pagesOf(file) !== 0) return { errno: 'EEXIST' }
  memfds.make(file, pageNumber(size))
  return { generation: machine.space(0).generation }
}

/** 6: page aligned, and no sum with the size that wraps. */
export function isLegalOffset({ offset }: MemfdField, size: bigint): boolean {
  return isPageAligned(offset) && (offset + size) % U64_END >= offset
}

/** 17: why pages of the file cannot be behind a new slot (`kvm_gmem_bind`). */
export function bindErrno(
  machine: Machine,
  field: MemfdField | undefined,
  { npages }: Shape,
): Errno | undefined {
  const { memfds } = machine
  if (field === undefined) return memfds === undefined ? 'EBADF' : undefined
  if (field.file === 'other') return 'EINVAL'
  const pages = memfds?.pagesOf(field.file) ?? 0
  if (memfds === undefined || pages === 0) return 'EBADF'
  const { bindsUnsigned } = machine.limits.kernel
  if (isBeyond(field.offset, pageAddress(npages), pageAddress(pages), bindsUnsigned)) return 'EINVAL'
  const others = memfds.at(field.file, pageNumber(field.offset), npages)
  if (others.some(one => isThere(machine, one))) return bindsUnsigned ? 'EEXIST' : 'EINVAL'
  return memfds.reserve() ? undefined : 'ENOMEM'
}

/** Binds what `bindErrno` had nothing against to a slot that is about to be created. */
export function bind(
  machine: Machine,
  field: MemfdField | undefined,
  as: number,
  shape: Shape,
  since: number,
): void {
  const { id, npages } = shape
  const named = field !== undefined && field.file !== 'other' ? { ...field, file: field.file } : undefined
  const binding =
    named === undefined ? null : { file: named.file, first: pageNumber(named.offset), npages, as, id, since }
  machine.memfds?.bind(as, id, binding, one => isThere(machine, one))
}

/** Whether the slot of a binding is there: still the one that was created with it. */
function isThere(machine: Machine, { as, id, since }: MemfdBinding): boolean {
  const slot = machine.space(as).current.get(id)
  return slot !== undefined && slot.since === since && (slot.flags & GUEST_MEMFD) !== 0
}

/** Whether the pages end beyond the file. Before 7.2 all is signed: a sum of 2^63 and more is negative, and below any size. */
function isBeyond(offset: bigint, size: bigint, fileSize: bigint, isUnsigned: boolean): boolean {
  if (isUnsigned) return offset + size > fileSize
  return BigInt.asIntN(64, offset) < 0n || BigInt.asIntN(64, offset + size) > fileSize
}

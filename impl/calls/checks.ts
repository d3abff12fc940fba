import type { Errno } from '../base/errno.js'
import { isPageAligned, MAX_SLOT_PAGES, pageNumber, U64_END } from '../base/frames.js'
import { GUEST_MEMFD, LOG, RO } from '../memslots/slot.js'
import type { Limits } from '../options.js'
import type { Failure } from './outcome.js'
import type { Placement } from './placement.js'

/** Checks that need no slot. Numbers are those of kernel-memslots.md, Checks in order, from `virt/kvm/kvm_main.c`. */

/** 0a and 0b, before every system call: the caller, then its argument (`kvm_vm_ioctl`). */
export function copyInErrno(failure: Failure): Errno | undefined {
  if (failure.caller === 'stranger') return 'EIO'
  if (failure.argument === 'bad') return 'EFAULT'
  return undefined
}

/**
 * 2, `check_memory_region_flags`: guest_memfd excludes the others; read-only needs support.
 * @param knowsMemfd whether GUEST_MEMFD is a flag at all
 */
export function areLegalFlags(limits: Limits, flags: number, knowsMemfd: boolean): boolean {
  let legal = LOG
  if (knowsMemfd) legal |= GUEST_MEMFD
  if (flags & GUEST_MEMFD) legal &= ~LOG
  else if (limits.readonlyMem) legal |= RO
  return (flags & ~legal) === 0
}

/** 5: page aligned and inside the user's addresses for the whole size; nothing need be mapped there. */
export function isUserRange(limits: Limits, hva: bigint, size: bigint): boolean {
  return isPageAligned(hva) && hva + size <= limits.hvaLimit
}

/** 8: the end is no u64. An end of exactly 2^64 counts: its sum is 0. */
export function wraps(gpa: bigint, size: bigint): boolean {
  return gpa + size >= U64_END
}

/** 3, 4, 5 and 8: alignment and extent of a region; size 0 passes. */
export function isLegalPlacement(limits: Limits, { gpa, size, hva }: Placement): boolean {
  return isPageAligned(size) && isPageAligned(gpa) && isUserRange(limits, hva, size) && !wraps(gpa, size)
}

/** 9: more pages than a user slot may have. */
export function isTooLong(size: bigint): boolean {
  return pageNumber(size) > MAX_SLOT_PAGES
}

/** 21: a frame lies beyond what the MMU can map (`kvm_arch_prepare_memory_region`). */
export function endsBeyondGuest(limits: Limits, base: number, npages: number): boolean {
  return base + npages - 1 > limits.maxGfn
}

/** Whether a user slot with this space and id can exist at all (1 and 7). */
export function isUserSlot(limits: Limits, as: number, id: number): boolean {
  return id < limits.slotLimit && as < limits.spaces
}

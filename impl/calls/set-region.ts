import { requireInteger, requireObject, requireSlotWord, requireU32 } from '../base/domain.js'
import type { Errno } from '../base/errno.js'
import type { Machine } from '../machine.js'
import type { AddressSpace } from '../memslots/address-space.js'
import { GUEST_MEMFD, LOG, RO, type Shape, type Slot } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import type { Limits } from '../options.js'
import type { OwedFrames } from '../update/blocked-frames.js'
import { run, runAndRollBack } from '../update/protocol.js'
import { nothing } from '../update/update.js'
import {
  areLegalFlags,
  copyInErrno,
  endsBeyondGuest,
  isLegalPlacement,
  isTooLong,
  isUserSlot,
} from './checks.js'
import { bind, bindErrno, isLegalOffset, type MemfdField, requireMemfdField } from './guest-memfd.js'
import type { Failure, Outcome } from './outcome.js'
import { requirePlacement, shapeOf } from './placement.js'

/**
 * KVM_SET_USER_MEMORY_REGION (`ioctl` 1, the default) or KVM_SET_USER_MEMORY_REGION2 (`ioctl` 2) of slot `id` in space
 * `as`. `gpa`, `size` and `hva` are bytes, whole pages. Size 0 deletes the slot.
 */
export interface RegionCall {
  readonly as: number
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
  /** `LOG`, `RO` and, with `ioctl` 2, `GUEST_MEMFD`. */
  readonly flags: number
  readonly ioctl?: 1 | 2 | undefined
  /** With GUEST_MEMFD: what is behind the slot; by default a file of its own. */
  readonly memfd?: MemfdField | undefined
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireRegionCall(r: RegionCall): void {
  requireObject('a region', r)
  requireSlotWord(r.as, r.id)
  requirePlacement(r)
  requireU32('flags', r.flags)
  if (r.ioctl !== undefined) requireInteger('ioctl', r.ioctl, 1, 2)
  if (r.memfd !== undefined) requireMemfdField(r.memfd)
}

/** What a one-slot call does to its slot (`enum kvm_mr_change`, and nothing at all). */
type Kind = 'create' | 'move' | 'flags' | 'nothing'

/** KVM_SET_USER_MEMORY_REGION and …REGION2, check by check in Linux's order (`kvm_set_memory_region`). */
export function setRegion(machine: Machine, r: RegionCall, failure: Failure): Outcome {
  const hasIoctl = r.ioctl !== 2 || machine.limits.kernel.region2
  if (!hasIoctl) return { errno: failure.caller === 'stranger' ? 'EIO' : 'ENOTTY' } // the argument is not read
  const refused = copyInErrno(failure)
  if (refused) return { errno: refused }
  if (!isLegalRegion(machine.limits, r)) return { errno: 'EINVAL' }

  const space = machine.space(r.as)
  const old = space.current.get(r.id)
  const errno = r.size === 0n ? remove(machine, space, old, failure) : place(machine, space, old, r, failure)
  return errno ? { errno } : { generation: space.generation }
}

/** 0c to 9 of KVM_SET_USER_MEMORY_REGION. All are EINVAL, so their order cannot be observed. */
function isLegalRegion(limits: Limits, r: RegionCall): boolean {
  if ((r.ioctl ?? 1) === 1 && (r.flags & ~(LOG | RO)) !== 0) return false
  return (
    isUserSlot(limits, r.as, r.id) &&
    areLegalFlags(limits, r.flags, limits.guestMemfd || limits.kernel.memfdFlag) &&
    isLegalPlacement(limits, r) &&
    ((r.flags & GUEST_MEMFD) === 0 || r.memfd === undefined || isLegalOffset(r.memfd, r.size)) &&
    !isTooLong(r.size)
  )
}

/**
 * 10 and 18, then two swaps: the slot becomes INVALID, then is deleted. Its log is freed with it, unread bits included.
 */
function remove(
  machine: Machine,
  space: AddressSpace,
  old: Slot | undefined,
  failure: Failure,
): Errno | undefined {
  if (!old) return 'EINVAL'
  if (failure.allocation === 'early') return 'ENOMEM'
  const changes = [{ old, next: undefined }]
  return run(machine, { space, changes, owed: [wholeOf(old)], settle: nothing })
}

function place(
  machine: Machine,
  space: AddressSpace,
  old: Slot | undefined,
  r: RegionCall,
  failure: Failure,
): Errno | undefined {
  const shape = shapeOf(r)
  if (old && !isLegalModification(old, shape)) return 'EINVAL'
  const kind = kindOf(old, shape)
  if (kind === 'nothing') return undefined
  if (kind !== 'flags' && space.current.someInFrames(shape.base, shape.npages, id => id !== shape.id)) {
    return 'EEXIST' // 15, before 16
  }
  // 16 to 18, and room in the sets
  if (failure.allocation === 'early' || !space.reserve(1)) return 'ENOMEM'
  const isBacked = (shape.flags & GUEST_MEMFD) !== 0
  const unbound = isBacked ? bindErrno(machine, r.memfd, shape) : undefined
  if (unbound) return unbound

  const owed = kind === 'move' ? [wholeOf(old!)] : []
  const errno = lateErrno(machine, kind, old, shape, failure)
  if (errno) {
    const nothingChanges = { space, changes: [], owed, settle: nothing }
    return (kind === 'move' ? runAndRollBack(machine, nothingChanges) : undefined) ?? errno
  }
  const inherited = old?.log ?? NO_LOG
  const logged = machine.keepsBitmap(shape)
  const log = !logged ? NO_LOG : inherited === NO_LOG ? machine.freshLog(shape.npages) : inherited
  if (logged && log === NO_LOG) return 'ENOMEM'
  const since = kind === 'flags' ? old!.since : space.generationAfter(1 + owed.length)
  const next = { ...shape, log, since }
  if (isBacked) bind(machine, r.memfd, r.as, shape, since)
  return run(machine, { space, changes: [{ old, next }], owed, settle: nothing })
}

/** A deleted or moved slot is INVALID as a whole, for reads and writes. */
function wholeOf({ base, npages }: Shape): OwedFrames {
  return { first: base, count: npages, writesOnly: false }
}

/** 13 and 14: a live slot keeps its host pages, its size, its read-only bit, and its distance from guest_memfd. */
function isLegalModification(old: Slot, shape: Shape): boolean {
  if (shape.flags & GUEST_MEMFD) return false
  const fixed = RO | GUEST_MEMFD
  return old.hva === shape.hva && old.npages === shape.npages && (old.flags & fixed) === (shape.flags & fixed)
}

/** Classification goes by frame first: a move may change the log flag as well. */
function kindOf(old: Slot | undefined, shape: Shape): Kind {
  if (!old) return 'create'
  if (old.base !== shape.base) return 'move'
  return old.flags === shape.flags ? 'nothing' : 'flags'
}

/** 19, 21, 22: checks that a MOVE fails only after its slot is INVALID (`kvm_prepare_memory_region`). */
function lateErrno(
  machine: Machine,
  kind: Kind,
  old: Slot | undefined,
  shape: Shape,
  failure: Failure,
): Errno | undefined {
  const exhausted = failure.allocation === 'late'
  const needsBitmap = machine.keepsBitmap(shape) && (old?.log ?? NO_LOG) === NO_LOG
  if (exhausted && needsBitmap) return 'ENOMEM'
  if (kind === 'flags') return undefined
  if (endsBeyondGuest(machine.limits, shape.base, shape.npages)) return machine.limits.beyondMaxGfn
  return exhausted ? 'ENOMEM' : undefined
}

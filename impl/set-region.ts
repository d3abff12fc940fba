import type { AddressSpace } from './address-space.js'
import type { Errno, Failure, Outcome, RegionCall } from './calls.js'
import { copyInErrno, endsBeyondGuest, isLegalRegion } from './checks.js'
import { pageNumber } from './frames.js'
import type { Machine } from './machine.js'
import { GUEST_MEMFD, RO, type Shape, type Slot } from './slot.js'

/** What a one-slot call does to its slot (`enum kvm_mr_change`, and nothing at all). */
type Kind = 'create' | 'move' | 'flags' | 'nothing'

/** KVM_SET_USER_MEMORY_REGION and …REGION2, check by check in Linux's order (`kvm_set_memory_region`). */
export function setRegion(machine: Machine, r: RegionCall, failure: Failure): Outcome {
  const refused = copyInErrno(failure)
  if (refused) return { errno: refused }
  if (!isLegalRegion(machine.limits, r)) return { errno: 'EINVAL' }

  const space = machine.spaces[r.as]!
  const old = space.current.get(r.id)
  const errno = r.size === 0n ? remove(space, old, failure) : place(machine, space, old, shapeOf(r), failure)
  return errno ? { errno } : { generation: space.generation }
}

function shapeOf(r: RegionCall): Shape {
  return {
    id: r.id,
    base: pageNumber(r.gpa),
    npages: pageNumber(r.size),
    hva: pageNumber(r.hva),
    flags: r.flags,
  }
}

/** 10 and 18, then two swaps: the slot INVALID, the slot gone. Its log goes with it, read or not. */
function remove(space: AddressSpace, old: Slot | undefined, failure: Failure): Errno | undefined {
  if (!old) return 'EINVAL'
  if (failure.allocation === 'early') return 'ENOMEM'
  space.block()
  space.publish([{ old, next: undefined }])
  return undefined
}

function place(
  machine: Machine,
  space: AddressSpace,
  old: Slot | undefined,
  shape: Shape,
  failure: Failure,
): Errno | undefined {
  if (old && !isLegalModification(old, shape)) return 'EINVAL'
  const kind = kindOf(old, shape)
  if (kind === 'nothing') return undefined
  if (kind !== 'flags' && space.current.someInFrames(shape.base, shape.npages, id => id !== shape.id)) {
    return 'EEXIST' // 15, before 16
  }
  if (failure.allocation === 'early') return 'ENOMEM' // 16 to 18

  const blocking = kind === 'move'
  if (blocking) space.block()
  const errno = lateErrno(machine, kind, old, shape, failure)
  if (errno) {
    // The set published before the invalidation was never edited: making it the active one again undoes it.
    if (blocking) space.publish([])
    return errno
  }
  const since = kind === 'flags' ? old!.since : space.generationAfter(1)
  const bitmap = machine.keepsBitmap(shape) ? (old?.bitmap ?? machine.freshLog(shape.npages)) : null
  space.publish([{ old, next: { ...shape, bitmap, since } }])
  return undefined
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

/** 19, 21, 22: what a MOVE learns after its slot was invalidated (`kvm_prepare_memory_region`). */
function lateErrno(
  machine: Machine,
  kind: Kind,
  old: Slot | undefined,
  shape: Shape,
  failure: Failure,
): Errno | undefined {
  const exhausted = failure.allocation === 'late'
  const needsBitmap = machine.keepsBitmap(shape) && !old?.bitmap
  if (exhausted && needsBitmap) return 'ENOMEM'
  if (kind === 'flags') return undefined
  if (endsBeyondGuest(machine.limits, shape.base, shape.npages)) return 'EINVAL'
  return exhausted ? 'ENOMEM' : undefined
}

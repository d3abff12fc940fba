import type { ClearLogCall, Errno, Failure, GetLogCall, GetLogOutcome, Outcome } from './calls.js'
import { copyInErrno, isUserSlot } from './checks.js'
import { logBytes } from './frames.js'
import type { Machine } from './machine.js'
import { NO_LOG } from './slot-columns.js'

/**
 * KVM_GET_DIRTY_LOG (`kvm_get_dirty_log_protect`). Without manual protect it consumes: the bits are cleared before the
 * copy to userspace, so that a bad pointer loses them. With manual protect it only reports.
 */
export function getDirtyLog(machine: Machine, q: GetLogCall, failure: Failure): GetLogOutcome {
  const refused = copyInErrno(failure) ?? ringOrSlotErrno(machine, q.as, q.id)
  if (refused) return { errno: refused }
  const space = machine.space(q.as)
  const log = space.current.get(q.id)?.log ?? NO_LOG
  if (log === NO_LOG) return { errno: 'ENOENT' }

  const { logs } = machine
  const pages = machine.manualProtect ? logs.ranges(log) : logs.harvest(log)
  if (failure.bitmap === 'bad') return { errno: 'EFAULT' }
  return { pages, generation: space.generation, bytes: logBytes(logs.npages(log)) }
}

/**
 * KVM_CLEAR_DIRTY_LOG (`kvm_clear_dirty_log_protect`), with or without manual protect. After Linux's checks comes that
 * of the generation, if one is given: ESTALE if the slot has changed place since, EINVAL if it is still to come.
 */
export function clearDirtyLog(machine: Machine, q: ClearLogCall, failure: Failure): Outcome {
  const refused = copyInErrno(failure) ?? ringOrSlotErrno(machine, q.as, q.id)
  if (refused) return { errno: refused }
  // Before the slot is looked up, as Linux does: a misaligned clear of a missing slot is EINVAL.
  if ((q.first & 63n) !== 0n) return { errno: 'EINVAL' }
  const space = machine.space(q.as)
  const slot = space.current.get(q.id)
  if (!slot || slot.log === NO_LOG) return { errno: 'ENOENT' }
  if (!isClearable(q.first, q.count, slot.npages)) return { errno: 'EINVAL' }
  if (q.count > 0 && failure.bitmap === 'bad') return { errno: 'EFAULT' }
  if (q.generation !== undefined) {
    if (q.generation < slot.since) return { errno: 'ESTALE' }
    if (q.generation > space.generation) return { errno: 'EINVAL' }
  }

  const low = Number(q.first)
  const high = low + q.count
  for (const [first, count] of q.pages) {
    const from = Math.max(first, low)
    const to = Math.min(first + count, high)
    if (from < to) machine.logs.fill(slot.log, from, to - from, false)
  }
  return { generation: space.generation }
}

function ringOrSlotErrno(machine: Machine, as: number, id: number): Errno | undefined {
  if (machine.usesRing) return 'ENXIO'
  return isUserSlot(machine.limits, as, id) ? undefined : 'EINVAL'
}

/** Within the slot, and a multiple of 64 pages unless it ends where the slot ends. */
function isClearable(first: bigint, count: number, npages: number): boolean {
  if (first > BigInt(npages)) return false
  const rest = npages - Number(first)
  return count === rest || (count < rest && count % 64 === 0)
}

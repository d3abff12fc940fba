import {
  requireArray,
  requireEach,
  requireInteger,
  requireObject,
  requireSlotWord,
  requireU32,
  requireU64,
} from '../base/domain.js'
import type { Errno, Refused } from '../base/errno.js'
import { logBytes } from '../base/frames.js'
import type { AnyRanges, Ranges } from '../base/ranges.js'
import type { Machine } from '../machine.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import { awaitSections } from '../threads/await-readers.js'
import { copyInErrno, isUserSlot } from './checks.js'
import type { Failure, Outcome } from './outcome.js'

/** KVM_GET_DIRTY_LOG of slot `id` in space `as`. */
export interface GetLogCall {
  readonly as: number
  readonly id: number
}

/**
 * KVM_GET_DIRTY_LOG's end: an errno, or the dirty pages, counted from the slot's first; the space's generation; and how
 * many bytes of bitmap Linux writes.
 */
export type GetLogOutcome =
  | Refused
  | { readonly pages: Ranges; readonly generation: number; readonly bytes: number }

/** KVM_CLEAR_DIRTY_LOG. The bitmap has `count` bits for the pages from `first` on; `pages` are those set in it,
 * counted from the slot's first page like `first`. */
export interface ClearLogCall {
  readonly as: number
  readonly id: number
  readonly first: bigint
  readonly count: number
  readonly pages: AnyRanges
  /** The generation that GET returned: the call fails with ESTALE if the slot's base, size or hva has changed since. */
  readonly generation?: number | undefined
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireGetLogCall(q: GetLogCall): void {
  requireObject('a log', q)
  requireSlotWord(q.as, q.id)
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireClearLogCall(q: ClearLogCall): void {
  requireGetLogCall(q)
  requireU64('first', q.first)
  requireU32('count', q.count)
  requireEach('pages', q.pages, requireRun)
  if (q.generation !== undefined) requireInteger('generation', q.generation, 0, Number.MAX_SAFE_INTEGER)
}

function requireRun(run: readonly [number, number]): void {
  requireArray('', run)
  requireInteger('first', run[0], 0, 2 ** 64)
  requireInteger('count', run[1], 0, 2 ** 64)
}

/**
 * KVM_GET_DIRTY_LOG (`kvm_get_dirty_log_protect`). Without manual protect it harvests: the bits are cleared before the
 * copy to userspace, and a bad pointer loses them. With manual protect it only reports.
 */
export function getDirtyLog(machine: Machine, q: GetLogCall, failure: Failure): GetLogOutcome {
  const refused = copyInErrno(failure) ?? ringOrSlotErrno(machine, q.as, q.id)
  if (refused) return { errno: refused }
  const space = machine.space(q.as)
  const log = space.current.get(q.id)?.log ?? NO_LOG
  if (log === NO_LOG) return { errno: 'ENOENT' }

  const pages = machine.manualProtect ? machine.logs.ranges(log) : harvest(machine, log)
  if (failure.bitmap === 'bad') return { errno: 'EFAULT' }
  return { pages, generation: space.generation, bytes: logBytes(machine.logs.npages(log)) }
}

/**
 * KVM_CLEAR_DIRTY_LOG (`kvm_clear_dirty_log_protect`), with or without manual protect. After Linux's checks comes that
 * of the generation, if one is given: ESTALE if base, size or hva of the slot have changed since, EINVAL if it is in
 * the future.
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

  clear(machine, slot.log, q)
  return { generation: space.generation }
}

/**
 * Takes the dirty pages, and then waits for the accesses in flight: an access that found its page marked, and so did
 * not mark it, has stored its data before the caller reads the page.
 * @throws StuckReader, and the pages are marked as before
 */
function harvest(machine: Machine, log: number): Ranges {
  machine.journal?.beginHarvest(machine.call, log)
  const pages = machine.logs.harvest(log)
  awaitAccesses(machine, () => {
    for (const [first, count] of pages) machine.logs.fill(log, first, count, true)
  })
  return pages
}

/** Waits for the accesses in flight. @throws StuckReader once what was taken is put back */
function awaitAccesses(machine: Machine, putBack: () => void): void {
  try {
    awaitSections(machine.control, machine.patience)
  } catch (error) {
    machine.requireLock()
    putBack()
    throw error
  }
}

/**
 * Clears the pages set in the bitmap, and waits as `harvest` does.
 * @throws StuckReader, and all these pages are marked
 */
function clear(machine: Machine, log: number, { first: low, count, pages }: ClearLogCall): void {
  const [from, to] = [Number(low), Number(low) + count]
  const fill = (on: boolean): void => {
    for (const [first, count] of pages) {
      const [start, end] = [Math.max(first, from), Math.min(first + count, to)]
      if (start < end) machine.logs.fill(log, start, end - start, on)
    }
  }
  machine.journal?.beginHarvest(machine.call, log)
  fill(false)
  awaitAccesses(machine, () => fill(true))
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

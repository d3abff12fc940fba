import type { Errno } from '../../base/errno.js'
import { GUEST_MEMFD, LOG, RO } from '../../memslots/slot.js'
import type { SlotSet } from '../../memslots/slot-set.js'
import type { Limits } from '../../options.js'
import { isLegalPlacement, isTooLong } from '../checks.js'
import { type BatchCall, type BatchRefused, type Entry, HARVEST } from './batch-call.js'

/** Stages 1 and 2 of a batch's validation (semantics.md §2): the checks that do not need the intended set. */

/** Stage 1, the header. */
export function headerErrno(limits: Limits, b: BatchCall): Errno | undefined {
  if ((b.flags & ~HARVEST) !== 0 || b.as >= limits.spaces || (b.reserved ?? 0n) !== 0n) return 'EINVAL'
  return b.entries.length > limits.maxEntries ? 'E2BIG' : undefined
}

/**
 * Stage 2: the first entry that is wrong by itself, or names a slot a second time, or removes one that is not there.
 */
export function refusedEntry(
  limits: Limits,
  set: SlotSet,
  entries: readonly Entry[],
): BatchRefused | undefined {
  const named = new Set<number>()
  for (const [index, entry] of entries.entries()) {
    if (!isLegalEntry(limits, entry, named, set.flagsOf(entry.id))) return { errno: 'EINVAL', index }
    named.add(entry.id)
  }
  return undefined
}

/**
 * Every check of stage 2 is EINVAL, so their order at one entry cannot be observed; here it is that of semantics.md.
 */
function isLegalEntry(
  limits: Limits,
  entry: Entry,
  named: ReadonlySet<number>,
  old: number | undefined,
): boolean {
  const removes = entry.do === 'remove'
  return (
    entry.id < limits.slotLimit &&
    areLegalBatchFlags(limits, entry) &&
    isLegalPlacement(limits, entry) &&
    !isTooLong(entry.size) &&
    (removes ? isBare(entry) : entry.size !== 0n) &&
    !named.has(entry.id) &&
    (!removes || old !== undefined) &&
    (removes || !isGuestMemfd(old))
  )
}

/** No batch makes a guest_memfd slot, so its flag is never legal here; reserved bytes count with the flags. */
function areLegalBatchFlags(limits: Limits, entry: Entry): boolean {
  const legal = limits.readonlyMem ? LOG | RO : LOG
  return (entry.flags & ~legal) === 0 && (entry.reserved ?? 0n) === 0n
}

/** A removal names its slot and nothing else. */
function isBare(entry: Entry): boolean {
  return entry.gpa === 0n && entry.size === 0n && entry.hva === 0n && entry.flags === 0
}

/** A guest_memfd slot may be removed, not changed. @param old flags of the slot that is there */
function isGuestMemfd(old: number | undefined): boolean {
  return old !== undefined && (old & GUEST_MEMFD) !== 0
}

import {
  requireEach,
  requireElement,
  requireObject,
  requireOneOf,
  requireSlotWord,
  requireU32,
  requireU64,
} from '../../base/domain.js'
import type { Refused } from '../../base/errno.js'
import type { Ranges } from '../../base/ranges.js'
import { requirePlacement } from '../placement.js'

/** A batch: what goes into it and how it ends (semantics.md §2). */

/** Header flag of a batch: the result holds the retired dirty bits, not only their number (semantics.md §2). */
export const HARVEST = 1

/**
 * One entry of a batch: `set` puts slot `id` where the entry says, `remove` deletes it (the other fields are then
 * zero). `gpa`, `size` and `hva` are bytes, whole pages; `flags` are `LOG` and `RO`.
 */
export interface Entry {
  readonly do: 'set' | 'remove'
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
  readonly flags: number
  /** The entry's reserved bytes as one number; must be 0. */
  readonly reserved?: bigint | undefined
}

/** A batch (semantics.md §2): at once, each entry replaces or removes its slot in the set of space `as`. */
export interface BatchCall {
  readonly as: number
  /** 0 or `HARVEST`. */
  readonly flags: number
  /** The header's reserved bytes as one number; must be 0. */
  readonly reserved?: bigint | undefined
  /** Bytes of result space; with 0, and without HARVEST, the retired pages are only counted. */
  readonly resultSize: bigint
  readonly entries: readonly Entry[]
}

/**
 * The retired dirty pages of a slot of the old set: no page of the new set carries their bits. `base` and `npages` are
 * the old slot's, in pages.
 */
export interface Retired {
  readonly id: number
  readonly base: number
  readonly npages: number
  /** How many retired pages were dirty; at least 1. */
  readonly count: number
  /** Which pages, counted from the old slot's first; only with HARVEST. */
  readonly pages?: Ranges
}

/**
 * A refused batch, which has changed nothing. `index` is the position of the entry at fault, −1 if it is none (header,
 * copy-in, result, allocation, EINTR). With ENOSPC, `bound` is the result size in bytes that suffices.
 */
export interface BatchRefused extends Refused {
  readonly index: number
  readonly bound?: bigint
}

/**
 * A batch's end: refused, or the space's new generation with the retired bits, or with only their number in all slots.
 */
export type BatchOutcome =
  | BatchRefused
  | { readonly generation: number; readonly retired: Retired[] }
  | { readonly generation: number; readonly retiredCount: number }

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireBatchCall(b: BatchCall): void {
  requireObject('a batch', b)
  requireSlotWord(b.as, 0)
  requireU32('flags', b.flags)
  if (b.reserved !== undefined) requireU64('reserved', b.reserved)
  requireU64('resultSize', b.resultSize)
  requireEach('entries', b.entries, requireEntry)
}

function requireEntry(entry: Entry): void {
  requireElement(entry)
  if (entry.do !== 'set' && entry.do !== 'remove') requireOneOf('do', entry.do, ['set', 'remove'])
  requireSlotWord(0, entry.id)
  requirePlacement(entry)
  requireU32('flags', entry.flags)
  if (entry.reserved !== undefined) requireU64('reserved', entry.reserved)
}

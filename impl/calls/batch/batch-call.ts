import { requireSlotWord, requireU32, requireU64 } from '../../base/domain.js'
import type { Refused } from '../../base/errno.js'
import type { Ranges } from '../../base/ranges.js'
import { requirePlacement } from '../placement.js'

/** A batch: what goes into it and how it ends (SEMANTICS §2). */

/** Header flag of a batch: retired dirty bits are wanted, not only counted (SEMANTICS §2). */
export const HARVEST = 1

/** One entry of a batch: set slot `id` to a region, or remove it (then the other fields are zero). */
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

/** A batch (SEMANTICS §2): the set of space `as` becomes itself overridden by the entries, at once. */
export interface BatchCall {
  readonly as: number
  readonly flags: number
  readonly reserved?: bigint | undefined
  /** Bytes of result space; 0 means that no records are wanted. */
  readonly resultSize: bigint
  readonly entries: readonly Entry[]
}

/** The dirty pages of a slot of the old set that no page of the new set continues. `base` and `npages` are the old slot's. */
export interface Retired {
  readonly id: number
  readonly base: number
  readonly npages: number
  /** How many retired pages were dirty; at least 1. */
  readonly count: number
  /** Which, relative to the old slot; only with HARVEST. */
  readonly pages?: Ranges
}

/** A refused batch: `index` is a position on the wire, −1 for header, copy-in and allocation; `bound` in bytes with ENOSPC. */
export interface BatchRefused extends Refused {
  readonly index: number
  readonly bound?: bigint
}

/** A batch's end; `retiredCount` (dirty pages in total) answers a call that wanted no records. */
export type BatchOutcome =
  | BatchRefused
  | { readonly generation: number; readonly retired: Retired[] }
  | { readonly generation: number; readonly retiredCount: number }

/** Requires words that the system call can carry. @throws RangeError */
export function requireBatchCall(b: BatchCall): void {
  requireSlotWord(b.as, 0)
  requireU32('flags', b.flags)
  requireU64('reserved', b.reserved ?? 0n)
  requireU64('resultSize', b.resultSize)
  for (const entry of b.entries) {
    requireSlotWord(b.as, entry.id)
    requirePlacement(entry)
    requireU32('flags', entry.flags)
    requireU64('reserved', entry.reserved ?? 0n)
  }
}

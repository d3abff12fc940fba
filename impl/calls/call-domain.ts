import { requireInteger, requireSlotWord, requireU32, requireU64 } from '../base/domain.js'
import type { BatchCall, ClearLogCall, InternalSlotCall, RegionCall } from './arguments.js'

/** The domains of whole calls: each of their words is one that the system call can carry. */

type Placement = Pick<RegionCall, 'gpa' | 'size' | 'hva'>

function requirePlacement(r: Placement): void {
  requireU64('gpa', r.gpa)
  requireU64('size', r.size)
  requireU64('hva', r.hva)
}

/** @throws RangeError */
export function requireRegionCall(r: RegionCall): void {
  requireSlotWord(r.as, r.id)
  requirePlacement(r)
  requireU32('flags', r.flags)
}

/** @throws RangeError */
export function requireInternalSlotCall(r: InternalSlotCall): void {
  requireSlotWord(0, r.id)
  requirePlacement(r)
}

/** @throws RangeError */
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

/** @throws RangeError */
export function requireClearLogCall(q: ClearLogCall): void {
  requireSlotWord(q.as, q.id)
  requireU64('first', q.first)
  requireU32('count', q.count)
  for (const [first, count] of q.pages) {
    requireInteger('a page', first, 0, 2 ** 64)
    requireInteger('a number of pages', count, 0, 2 ** 64)
  }
  requireInteger('generation', q.generation ?? 0, 0, Number.MAX_SAFE_INTEGER)
}

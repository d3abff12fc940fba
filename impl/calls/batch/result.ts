import { logBytes } from '../../base/frames.js'
import { appendRun, type Ranges } from '../../base/ranges.js'
import type { DirtyLogs } from '../../dirty/logs.js'
import type { Retired } from './batch-call.js'
import type { RetiredPages } from './sources.js'

const RECORD_BYTES = 32

/**
 * The most bytes a result can need: a record for each slot with retired pages, dirty or not, and with HARVEST its log.
 */
export function resultBound(retiredPages: readonly RetiredPages[], harvest: boolean): bigint {
  let bytes = 0
  for (const { old } of retiredPages) bytes += RECORD_BYTES + (harvest ? logBytes(old.npages) : 0)
  return BigInt(bytes)
}

/** The records of retired bits: old slots with at least one dirty retired page, by ascending id. */
export function retire(logs: DirtyLogs, retiredPages: readonly RetiredPages[], harvest: boolean): Retired[] {
  const records: Retired[] = []
  for (const { old, parts } of retiredPages) {
    const { id, base, npages } = old
    const count = countDirty(logs, old.log, parts)
    if (count > 0)
      records.push({ id, base, npages, count, ...(harvest && { pages: dirtyPages(logs, old.log, parts) }) })
  }
  return records
}

function countDirty(logs: DirtyLogs, log: number, parts: Ranges): number {
  return parts.reduce((total, [first, count]) => total + logs.count(log, first, count), 0)
}

function dirtyPages(logs: DirtyLogs, log: number, parts: Ranges): Ranges {
  const pages: Ranges = []
  for (const [first, count] of parts) {
    for (const [from, length] of logs.ranges(log, first, count)) appendRun(pages, from, length)
  }
  return pages
}

import type { DirtyLogs } from '../dirty/logs.js'
import type { SlotChange } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import type { Journal } from './journal.js'

/**
 * Frees the logs of changed slots: of the old ones when an update is over, of the new ones when it is not carried out.
 * A log that the slot keeps is not freed. Each is forgotten in the journal before it is free.
 */
export function freeLogs(
  logs: DirtyLogs,
  changes: readonly SlotChange[],
  which: 'old' | 'next',
  journal: Journal | undefined,
): void {
  for (const [i, change] of changes.entries()) {
    const log = change[which]?.log ?? NO_LOG
    const other = change[which === 'old' ? 'next' : 'old']?.log ?? NO_LOG
    if (log !== NO_LOG && log !== other) logs.free(log, () => journal?.forget(i, which))
  }
}

/** Ends what the call before has left in the journal: the logs of its old slots. */
export function freeOldLogs(logs: DirtyLogs, journal: Journal): void {
  if (journal.leavesLogs) freeLogs(logs, journal.update.changes, 'old', journal)
  journal.phase = 'none'
}

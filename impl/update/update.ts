import type { DirtyLogs } from '../dirty/logs.js'
import type { AddressSpace } from '../memslots/address-space.js'
import type { SlotChange } from '../memslots/slot.js'
import type { Control } from '../threads/control.js'
import type { BlockedFrames, OwedFrames } from './blocked-frames.js'
import type { Journal } from './journal.js'

/** An update, validated and prepared: from its first swap on nothing of it can fail. */
export interface Update {
  readonly space: AddressSpace
  /** Everything that becomes different. The slots are disjoint before and after all of it, perhaps not in between. */
  readonly changes: readonly SlotChange[]
  /**
   * What is blocked and drained before the new set is published, ascending and disjoint; nothing owed, no first swap.
   */
  readonly owed: readonly OwedFrames[]
  /**
   * Settles the dirty logs, once the last holder of the old set has drained. Those of the old slots are freed when the
   * update is over, those of the new ones if it is not carried out.
   */
  readonly settle: () => void
}

/** What an update needs of the VM that it changes: a part of `Machine`. */
export interface UpdateContext {
  readonly control: Control
  readonly logs: DirtyLogs
  /** What is written down for the case that this thread dies; only of a VM that is shared. */
  readonly journal: Journal | undefined
  /** The number of this thread, and of its call. */
  readonly owner: number
  readonly call: number
  readonly blockedFrames: BlockedFrames
  /** Milliseconds that the updater waits for one reader. */
  readonly patience: number
  /** The rest of an update whose new set is published; until it is done this thread keeps the lock. */
  unfinished: (() => unknown) | undefined
  space(as: number): AddressSpace
  /** Requires that this thread still has the lock. @throws TakenOver */
  requireLock(): void
}

export const nothing = (): void => {}

import type { AddressSpace } from '../memslots/address-space.js'
import type { SlotChange } from '../memslots/slot.js'
import type { Control } from '../threads/control.js'
import type { BlockedFrames, OwedFrames } from './blocked-frames.js'

/** An update, validated and prepared: from its first swap on nothing of it can fail. */
export interface Update {
  readonly space: AddressSpace
  /** Everything that becomes different. The slots are disjoint before and after all of it, perhaps not in between. */
  readonly changes: readonly SlotChange[]
  /**
   * What is blocked and drained before the new set is published, ascending and disjoint; nothing owed, no first swap.
   */
  readonly owed: readonly OwedFrames[]
  /** Settles the dirty logs, once the last holder of the old set has drained. */
  readonly settle: () => void
  /** Frees what was prepared, if the update is not carried out. */
  readonly discard: () => void
}

/** What an update needs of the VM that it changes: a part of `Machine`. */
export interface UpdateContext {
  readonly control: Control
  readonly blockedFrames: BlockedFrames
  /** Milliseconds that the updater waits for one reader. */
  readonly patience: number
  /** The rest of an update whose new set is published; until it is done this thread keeps the lock. */
  unfinished: (() => unknown) | undefined
  space(as: number): AddressSpace
}

export const nothing = (): void => {}

import type { AddressSpace } from '../memslots/address-space.js'
import type { Slot } from '../memslots/slot.js'
import type { OwedFrames } from './blocked-frames.js'

/** One slot's change: created (no `old`), deleted (no `next`) or replaced. Both have the same id. */
export interface SlotChange {
  readonly old: Slot | undefined
  readonly next: Slot | undefined
}

/** An update, validated and prepared: from its first swap on nothing of it can fail. */
export interface Update {
  readonly space: AddressSpace
  /** Everything that becomes different. The slots are disjoint before and after all of it, perhaps not in between. */
  readonly changes: readonly SlotChange[]
  /** What is blocked and drained before the new set is published, ascending and disjoint; nothing owed, no first swap. */
  readonly owed: readonly OwedFrames[]
  /** What becomes of the dirty logs once the last holder of the old set has drained. */
  readonly settle: () => void
  /** Gives back what was prepared, where nothing happens in the end. */
  readonly discard: () => void
}

export const nothing = (): void => {}

import { type Generation, type Gfn, generation, type SlotId, type SpaceId } from './numbers.js'
import { endOf, overlaps, type Slot } from './slot.js'
import { indexLike, slotOfId } from './slots-by-id.js'

/** One address space: its slots in ascending order of base, and how many swaps have published a set there. */
export interface Space {
  readonly slots: readonly Slot[]
  readonly swaps: number
}

/** A space without slots in which no set was published yet. */
export const emptySpace: Space = { slots: [], swaps: 0 }

/** Linux numbers the sets of space `a` of `n` as `a`, `a + n`, `a + 2n` …, so that no two spaces share a number. */
export const generationAfter = (space: SpaceId, swaps: number, spaces: number): Generation =>
  generation(space + swaps * spaces)

/** The slot of this id, or null. */
export const slotById = ({ slots }: Pick<Space, 'slots'>, id: SlotId | number): Slot | null =>
  slotOfId(slots, id)

/** How many slots begin at a frame or below it: binary search, since slots are sorted. */
const slotsUpTo = (slots: readonly Slot[], frame: number): number => {
  let low = 0
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((slots[middle] as Slot).base <= frame) low = middle + 1
    else high = middle
  }
  return low
}

/** The slot a frame lies in; slots never overlap, so it is the last that begins at the frame or below. */
export const slotAt = ({ slots }: Pick<Space, 'slots'>, frame: Gfn | number): Slot | null => {
  const slot = slots[slotsUpTo(slots, frame) - 1]
  return slot !== undefined && frame < endOf(slot) ? slot : null
}

/** The slots that have a frame in common with a range, in ascending order of base. */
export const slotsIn = (
  { slots }: Pick<Space, 'slots'>,
  range: { readonly base: number; readonly npages: number },
): readonly Slot[] => {
  const found: Slot[] = []
  // The first that may reach into the range is the last that begins at its base or below.
  for (let i = Math.max(0, slotsUpTo(slots, range.base) - 1); i < slots.length; i++) {
    const slot = slots[i] as Slot
    if (slot.base >= range.base + range.npages) break
    if (overlaps(slot, range)) found.push(slot)
  }
  return found
}

/** Slots in ascending order of base. */
export const sorted = (slots: readonly Slot[]): readonly Slot[] => slots.toSorted((a, b) => a.base - b.base)

/** The slots but for the one of this id. */
export const without = (slots: readonly Slot[], id: SlotId): readonly Slot[] => {
  const old = slotOfId(slots, id)
  if (old === null) return slots
  const after = slots.toSpliced(slots.indexOf(old), 1)
  indexLike(slots, after, id, null)
  return after
}

/** The slots with one put in place of the slot of its id, or added. */
export const withSlot = (slots: readonly Slot[], slot: Slot): readonly Slot[] => {
  const others = without(slots, slot.id)
  const after = others.toSpliced(slotsUpTo(others, slot.base), 0, slot)
  indexLike(others, after, slot.id, slot)
  return after
}

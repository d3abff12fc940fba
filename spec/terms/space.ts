import { type Generation, type Gfn, generation, type SlotId, type SpaceId } from './numbers.js'
import { endOf, type Slot } from './slot.js'

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
export const slotById = ({ slots }: Space, id: SlotId | number): Slot | null => {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot
    if (slot.id === id) return slot
  }
  return null
}

/** The slot a frame lies in: binary search, since slots are sorted and never overlap. */
export const slotAt = (space: Space, frame: Gfn | number): Slot | null => {
  let low = 0
  let high = space.slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((space.slots[middle] as Slot).base <= frame) low = middle + 1
    else high = middle
  }
  const slot = space.slots[low - 1]
  return slot !== undefined && frame < endOf(slot) ? slot : null
}

/** Slots in ascending order of base. */
export const sorted = (slots: readonly Slot[]): readonly Slot[] => slots.toSorted((a, b) => a.base - b.base)

/** The slots but for the one of this id. */
export const without = (slots: readonly Slot[], id: SlotId): readonly Slot[] =>
  slots.filter(slot => slot.id !== id)

/** The slots with one put in place of the slot of its id, or added. */
export const withSlot = (slots: readonly Slot[], slot: Slot): readonly Slot[] => {
  const after: Slot[] = []
  let placed = false
  for (let i = 0; i < slots.length; i++) {
    const other = slots[i] as Slot
    if (other.id === slot.id) continue
    if (!placed && slot.base < other.base) {
      after.push(slot)
      placed = true
    }
    after.push(other)
  }
  if (!placed) after.push(slot)
  return after
}

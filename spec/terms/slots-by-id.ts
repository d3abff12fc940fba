import type { Slot } from './slot.js'

/** Slots by id, 256 ids a row: a set that differs from another in one slot shares all rows but one with it. */
type Index = readonly (readonly (Slot | undefined)[] | undefined)[]
const ROW_BITS = 8
const IDS_IN_ROW = 1 << ROW_BITS

/** So few slots are searched one by one: that is quicker than an index, and takes no memory. */
const FEW = 32

const indices = new WeakMap<readonly Slot[], Index>()

const built = (slots: readonly Slot[]): Index => {
  const index: (Slot | undefined)[][] = []
  for (const slot of slots) {
    index[slot.id >>> ROW_BITS] ??= []
    const row = index[slot.id >>> ROW_BITS] as (Slot | undefined)[]
    row[slot.id % IDS_IN_ROW] = slot
  }
  return index
}

const indexOf = (slots: readonly Slot[]): Index => {
  const known = indices.get(slots)
  if (known !== undefined) return known
  const index = built(slots)
  indices.set(slots, index)
  return index
}

/** The slot of this id, or null. An index is built when one is first asked for, and kept as long as the slots. */
export const slotOfId = (slots: readonly Slot[], id: number): Slot | null => {
  if (slots.length > FEW) return indexOf(slots)[id >>> ROW_BITS]?.[id % IDS_IN_ROW] ?? null
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot
    if (slot.id === id) return slot
  }
  return null
}

/** Gives slots the index of those they were made from, with one id changed; null is no slot. */
export const indexLike = (
  before: readonly Slot[],
  after: readonly Slot[],
  id: number,
  slot: Slot | null,
): void => {
  const index = indices.get(before)
  if (index === undefined) return
  const row = (index[id >>> ROW_BITS] ?? []).slice()
  row[id % IDS_IN_ROW] = slot ?? undefined
  const rows = index.slice()
  rows[id >>> ROW_BITS] = row
  indices.set(after, rows)
}

import { type PageSet, subtract } from '../../spec/terms/page-set.js'
import { endOf, type Slot, sameRegion } from '../../spec/terms/slot.js'
import { type Space, slotById } from '../../spec/terms/space.js'

/** What a call changed in a space: slots that went and came, and the frames that lost or gained a mapping. */
export interface Delta {
  readonly removed: readonly Slot[]
  readonly added: readonly Slot[]
  readonly unmapped: PageSet
  readonly mapped: PageSet
}

/** The frames that slots cover. The slots of one space are disjoint and sorted, so one pass is enough. */
export const framesOf = (slots: readonly Slot[]): PageSet => {
  const edges: number[] = []
  for (const slot of slots) {
    if (edges.at(-1) === slot.base) edges[edges.length - 1] = endOf(slot)
    else edges.push(slot.base, endOf(slot))
  }
  return edges
}

const missingIn = (slots: readonly Slot[], others: readonly Slot[]): readonly Slot[] => {
  const same = new Set(others)
  const byId = new Map(others.map(slot => [slot.id, slot]))
  return slots.filter(slot => {
    if (same.has(slot)) return false
    const other = byId.get(slot.id)
    return other === undefined || !sameRegion(other, slot)
  })
}

const between = (removed: readonly Slot[], added: readonly Slot[]): Delta => {
  const had = framesOf(removed)
  const has = framesOf(added)
  return { removed, added, unmapped: subtract(had, has), mapped: subtract(has, had) }
}

/** What changed from one set of a space to another, whatever happened between them. */
export const deltaOf = (before: Space, after: Space): Delta =>
  before.slots === after.slots
    ? between([], [])
    : between(missingIn(before.slots, after.slots), missingIn(after.slots, before.slots))

/**
 * What one call on the slot of an id changed. Only where no rule lets the call can it have moved others out of its way, and
 * then fewer slots are left than its own slot accounts for: else it alone is compared, and not each of thousands.
 */
export const deltaOfCall = (before: Space, after: Space, id: number): Delta => {
  const was = slotById(before, id)
  const is = slotById(after, id)
  const others = (space: Space, own: Slot | null) => space.slots.length - (own === null ? 0 : 1)
  if (others(before, was) !== others(after, is)) return deltaOf(before, after)
  if (was === is || (was !== null && is !== null && sameRegion(was, is))) return between([], [])
  return between(was === null ? [] : [was], is === null ? [] : [is])
}

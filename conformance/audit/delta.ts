import { type PageSet, subtract } from '../../spec/terms/page-set.js'
import { endOf, type Slot, sameRegion } from '../../spec/terms/slot.js'
import type { Space } from '../../spec/terms/space.js'

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

/** The slots of two sets without those at either end that are the very same: a call changes few of many. */
const middles = (
  before: readonly Slot[],
  after: readonly Slot[],
): readonly [readonly Slot[], readonly Slot[]] => {
  const least = Math.min(before.length, after.length)
  let head = 0
  while (head < least && before[head] === after[head]) head++
  let tail = 0
  const [old, now] = [before.length - 1, after.length - 1]
  while (tail < least - head && before[old - tail] === after[now - tail]) tail++
  return [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
}

export const deltaOf = (before: Space, after: Space): Delta => {
  const [old, now] = middles(before.slots, after.slots)
  const removed = missingIn(old, now)
  const added = missingIn(now, old)
  const had = framesOf(removed)
  const has = framesOf(added)
  return { removed, added, unmapped: subtract(had, has), mapped: subtract(has, had) }
}

import { pageOf } from '../../../spec/terms/numbers.js'
import type { BatchCall, Region as CallRegion, Operation, SetCall } from '../../../spec/terms/operation.js'
import type { Layout, Region } from './layout.js'

/** The layouts of all spaces, as each published set has them. */
export type Spaces = ReadonlyMap<number, Layout>

export type Update = BatchCall | SetCall
export const isUpdate = (o: Operation): o is Update => o.op === 'batch' || o.op === 'set'

const regionOf = ({ id, gpa, size, hva, flags }: CallRegion): Region => ({
  ...{ id, base: pageOf(gpa), npages: pageOf(size) },
  ...{ page: pageOf(hva), flags },
})

const layoutIn = (spaces: Spaces, as: number): Layout => spaces.get(as) ?? []

const withoutIds = (layout: Layout, ids: readonly number[]): Layout =>
  layout.filter(({ id }) => !ids.includes(id))

/** The slot that a call is about, as it is before it; null where it makes one. */
export const slotBefore = (before: Spaces, { as, id }: SetCall): Region | null =>
  layoutIn(before, as).find(one => one.id === id) ?? null

/**
 * The sets that an update publishes, in their order. A batch publishes one. So does a call, but a MOVE: between its two swaps
 * the slot is INVALID, and to some paths a hole.
 */
export const published = (before: Spaces, update: Update): readonly Spaces[] => {
  const { as } = update
  const layout = layoutIn(before, as)
  if (update.op === 'batch') {
    const rest = withoutIds(
      layout,
      update.entries.map(({ id }) => id),
    )
    const come = update.entries.flatMap(entry => (entry.do === 'remove' ? [] : [regionOf(entry)]))
    return [new Map(before).set(as, [...rest, ...come])]
  }
  const rest = withoutIds(layout, [update.id])
  const gone = new Map(before).set(as, rest)
  if (update.size === 0n) return [gone]
  const now = regionOf(update)
  const there = new Map(before).set(as, [...rest, now])
  const old = slotBefore(before, update)
  return old !== null && old.base !== now.base ? [gone, there] : [there]
}

import { SlotIndex } from '../../../../impl/memslots/slot-index.js'
import type { Layout } from '../../slots/layout.js'

/** Host pages of slot `i`: in frames' order, but all elsewhere. */
export const hvaOf = ({ base }: Layout, i: number): number => 2 ** 33 + (base[i] as number)

/** The slots of a layout in a set of the implementation, which has grown with them. */
export const indexOf = (layout: Layout): SlotIndex => {
  const index = SlotIndex.create({ limit: 32_764 })
  for (let i = 0; i < layout.slots; i++) {
    if (!index.reserve(i)) throw new Error(`no room for slot ${i}`)
    index.add(i, {
      id: i,
      base: layout.base[i] as number,
      npages: layout.npages[i] as number,
      hva: hvaOf(layout, i),
      flags: 0,
      log: -1,
      since: 0,
    })
  }
  return index
}

import type { Cells } from '../../spec/terms/cells.js'
import { spaceOf, withSpace } from '../../spec/terms/cells.js'
import { gfn, hvaPage, PAGE_SIZE, pageOf, slotId } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { LOG, overlaps, RO, type Slot } from '../../spec/terms/slot.js'
import { emptySpace, type Space, slotById, without, withSlot } from '../../spec/terms/space.js'

/** The space a call names; empty where the VM has no such space. */
export const spaceIn = (cells: Cells, as: number): Space => spaceOf(cells, as) ?? emptySpace

const slotAsked = ({ id, gpa, size, hva, flags }: SetCall): Slot => ({
  id: slotId(id),
  base: gfn(pageOf(gpa)),
  npages: pageOf(size),
  hva: hvaPage(pageOf(hva)),
  log: (flags & LOG) !== 0,
  ro: (flags & RO) !== 0,
  gmem: false,
  dirty: null,
  since: 0 as Slot['since'],
})

/**
 * The machine after a call that succeeded although no rule lets it: what the call asked for is in place, and whatever
 * stood in its way is gone. Following what was seen, the rest of the recording can still be judged.
 */
export const adopt = (cells: Cells, call: SetCall): Cells => {
  const space = spaceOf(cells, call.as)
  if (space === null) return cells
  if (call.size < PAGE_SIZE)
    return withSpace(cells, call.as, { ...space, slots: without(space.slots, slotId(call.id)) })
  const slot = slotAsked(call)
  const others = space.slots.filter(other => !overlaps(other, slot))
  return withSpace(cells, call.as, { ...space, slots: withSlot(others, slot) })
}

/** Whether a call takes away a slot that is there and was logged: what its log held is lost with it. */
export const loggedSlotDeleted = (cells: Cells, call: SetCall): Slot | null => {
  if (call.size !== 0n) return null
  const slot = slotById(spaceIn(cells, call.as), slotId(call.id))
  return slot?.log === true ? slot : null
}

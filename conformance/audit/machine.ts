import type { Cells } from '../../spec/terms/cells.js'
import { spaceOf, withSpace } from '../../spec/terms/cells.js'
import { gfn, hvaPage, PAGE_SIZE, pageOf, slotId } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { GUEST_MEMFD, LOG, overlaps, RO, type Slot } from '../../spec/terms/slot.js'
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
  gmem: (flags & GUEST_MEMFD) !== 0,
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

/** A slot whose dirty bitmap a call takes away, and how. A read-only slot is never written by the guest. */
export const bitmapLost = (
  cells: Cells,
  call: SetCall,
): { readonly slot: Slot; readonly by: 'delete' | 'logging off' } | null => {
  const slot = slotById(spaceIn(cells, call.as), slotId(call.id))
  if (slot === null || !slot.log || slot.ro) return null
  if (call.size === 0n) return { slot, by: 'delete' }
  return (call.flags & LOG) === 0 ? { slot, by: 'logging off' } : null
}

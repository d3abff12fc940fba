import { not, type Premise, premise } from '../../rewrite/index.js'
import { mark, mayMark } from '../../terms/dirty-log.js'
import { canRead, canWrite } from '../../terms/host.js'
import { type HvaPage, hvaPage } from '../../terms/numbers.js'
import { pageRange } from '../../terms/page-set.js'
import { DIRTY } from '../../terms/paging/bits.js'
import { type Slot, withLog } from '../../terms/slot.js'
import { type Space, slotAt, withSlot } from '../../terms/space.js'
import { onward, type Walking } from '../../terms/walking.js'
import { belowSecondStage, byHardware } from './station.js'

export const spaceIn = ({ walk }: Walking): number => walk.vcpu?.space ?? 0

export const slotIn = (cells: Walking, gfn: number): Slot | null => {
  const space = cells.spaces[spaceIn(cells)]
  return space === undefined ? null : slotAt(space, gfn)
}

/** The slot behind the frame that is looked up now. */
export const target = (cells: Walking): Slot | null => slotIn(cells, cells.walk.gfn)

export const hostPage = (slot: Slot, gfn: number): HvaPage => hvaPage(slot.hva + (gfn - slot.base))

export const hostRights = (cells: Walking, gfn: number) => {
  const slot = slotIn(cells, gfn)
  const hva = slot === null ? -1 : hostPage(slot, gfn)
  return { hva, read: canRead(cells.host, hva), write: canWrite(cells.host, hva) }
}

const looked = (cells: Walking) => ({
  space: spaceIn(cells),
  gfn: cells.walk.gfn,
  slot: target(cells),
})

export const mapped: Premise<Walking> = premise(
  'mapped',
  { holds: 'a slot lies behind the frame', fails: 'no slot lies behind the frame' },
  cells => target(cells) !== null,
  looked,
)
export const notMapped = not(mapped)
export const visible: Premise<Walking> = premise(
  'visible',
  {
    holds: 'the slot is a user slot, which the page walker sees',
    fails: 'the slot is internal, and the page walker does not see it',
  },
  cells => (target(cells)?.id ?? 0) < cells.params.slotLimit,
  looked,
)
export const writable: Premise<Walking> = premise(
  'writable',
  { holds: 'the slot is not read-only', fails: 'the slot is read-only' },
  cells => target(cells)?.ro === false,
  looked,
)
/** Holds for a hole too, of which it is not asked. */
export const readable: Premise<Walking> = premise(
  'host-readable',
  {
    holds: 'the host can read the page behind the frame',
    fails: 'the host cannot read the page behind the frame',
  },
  cells => hostRights(cells, cells.walk.gfn).read,
  cells => ({ ...looked(cells), host: hostRights(cells, cells.walk.gfn) }),
)
const relogged = (cells: Walking, gfn: number, log: typeof mark): Walking => {
  const slot = slotIn(cells, gfn)
  if (slot === null || slot.dirty === null) return cells
  const page = gfn - slot.base
  const dirty = log(slot.dirty, pageRange(page, page + 1))
  if (dirty === slot.dirty) return cells
  const as = spaceIn(cells)
  const space = cells.spaces[as] as Space // the slot is of it
  const spaces = cells.spaces.with(as, {
    slots: withSlot(space.slots, withLog(slot, dirty)),
    swaps: space.swaps,
  })
  return { ...onward(cells, {}), spaces }
}
/** Marks a page written through its slot. */
export const marked = (cells: Walking, gfn: number): Walking => relogged(cells, gfn, mark)

/**
 * A page that the processor has reached through the second stage, for whatever access: KVM maps it writable where slot
 * and host let it, and may mark it at once, unless logs are exact.
 */
export const reached = (cells: Walking, gfn: number): Walking => {
  const may = !cells.params.exact && slotIn(cells, gfn)?.ro === false && hostRights(cells, gfn).write
  return may ? relogged(cells, gfn, mayMark) : cells
}

/** A shadow entry is writable only where the guest’s own entries are, and the last of them is dirty. */
const shadowedWritable = ({ walk }: Walking): boolean => {
  const last = walk.steps.at(-1)
  return walk.writable && (last === undefined || (last.entry & DIRTY) !== 0n)
}

/** The page that an address leads to, reached by the processor; the emulator reaches none through the second stage. */
export const pageReached = (cells: Walking): Walking =>
  byHardware.holds(cells) && (belowSecondStage.holds(cells) || shadowedWritable(cells))
    ? reached(cells, cells.walk.gfn)
    : cells

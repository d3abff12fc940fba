import { carried } from './carry.js'
import type { DirtyLog } from './dirty-log.js'
import { type Generation, gfn, hvaPage, pageOf, slotId } from './numbers.js'
import type { BatchEntry } from './operation.js'
import { LOG, RO, type Slot, sameRegion, withLog } from './slot.js'
import { type Space, slotById, sorted } from './space.js'

const asked = ({ id, gpa, size, hva, flags }: BatchEntry, since: Generation): Slot => ({
  id: slotId(id),
  base: gfn(pageOf(gpa)),
  npages: pageOf(size),
  hva: hvaPage(pageOf(hva)),
  log: (flags & LOG) !== 0,
  ro: (flags & RO) !== 0,
  gmem: false,
  dirty: null,
  since,
})

/**
 * `S' = S` overridden by the batch, without logs. The entries are taken as a finite partial map, so their order has
 * no meaning; well-formed entries only.
 */
export const override = (space: Space, entries: readonly BatchEntry[], now: Generation): readonly Slot[] => {
  const listed = new Set(entries.map(entry => entry.id))
  const set = entries.filter(entry => entry.do === 'set').map(entry => withHistory(space, asked(entry, now)))
  return sorted([...space.slots.filter(slot => !listed.has(slot.id)), ...set])
}

/** A slot whose base, size and host address stay keeps its `since`; one that changes nothing is the old slot itself. */
const withHistory = (space: Space, slot: Slot): Slot => {
  const old = slotById(space, slot.id)
  if (old === null) return slot
  if (sameRegion(old, slot)) return old
  const stays = old.base === slot.base && old.npages === slot.npages && old.hva === slot.hva
  return stays ? { ...slot, since: old.since } : slot
}

/** Whether a batch leaves everything as it is. */
export const changesNothing = (space: Space, after: readonly Slot[]): boolean =>
  after.length === space.slots.length && after.every((slot, i) => slot === space.slots[i])

/** The new set with its logs: carried where there is a source, fresh where there is none, absent under a ring. */
export const withLogs = (
  before: readonly Slot[],
  after: readonly Slot[],
  { initiallySet, ring }: { readonly initiallySet: boolean; readonly ring: boolean },
): readonly Slot[] =>
  after.map(slot => {
    if (slotById({ slots: before }, slot.id) === slot) return slot
    const dirty: DirtyLog | null = slot.log && !ring ? carried(slot, before, initiallySet) : null
    return withLog(slot, dirty)
  })

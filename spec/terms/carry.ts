import { cleanLog, type DirtyLog, join } from './dirty-log.js'
import { intersect, isEmpty, noPages, type PageSet, pageRange, shift, subtract, union } from './page-set.js'
import type { Retired } from './result.js'
import type { Slot } from './slot.js'
import { slotById, slotsIn } from './space.js'

/** Pages `pages` of slot `of` are sources of the pages `by` further on in a slot of the new set. */
interface Source {
  readonly of: Slot
  readonly pages: PageSet
  readonly by: number
}

/** The part of two ranges that both hold, as pages of the first, and where it lies in the second. */
const common = (of: Slot, start: number, other: number, length: number): Source | null => {
  const from = Math.max(start, other)
  const to = Math.min(start + of.npages, other + length)
  return from < to ? { of, pages: pageRange(from - start, to - start), by: start - other } : null
}

// Within two slots the distance from frame to host page is constant: they agree on all common frames or on none.
const sameFrames = (old: Slot, now: Slot): Source | null =>
  old.hva - old.base === now.hva - now.base ? common(old, old.base, now.base, now.npages) : null

const sameId = (old: Slot, now: Slot): Source | null =>
  old.id === now.id ? common(old, old.hva, now.hva, now.npages) : null

/** The slots of a set that may have a page in common with a slot: those at its frames, and the one of its id. */
const mayAgree = (slot: Slot, slots: readonly Slot[]): ReadonlySet<Slot> => {
  const found = new Set(slotsIn({ slots }, slot))
  const ofId = slotById({ slots }, slot.id)
  return ofId === null ? found : found.add(ofId)
}

/**
 * The sources of a new slot's pages: logged pages of the old set with the same host page and the same frame or the
 * same slot id. semantics.md §2, Dirty logs.
 */
const sourcesOf = (now: Slot, before: readonly Slot[]): readonly Source[] => {
  const sources: Source[] = []
  if (!now.log) return sources
  for (const old of mayAgree(now, before)) {
    if (!old.log) continue
    const byFrame = sameFrames(old, now)
    const byId = sameId(old, now)
    if (byFrame !== null) sources.push(byFrame)
    if (byId !== null) sources.push(byId)
  }
  return sources
}

/** The log of a new slot: its sources' bits, and for a page without one what a fresh bitmap holds. */
export const carried = (now: Slot, before: readonly Slot[], initiallySet: boolean): DirtyLog => {
  const sources = sourcesOf(now, before)
  const sourced = sources.reduce<PageSet>((all, { pages, by }) => union(all, shift(pages, by)), noPages)
  const start: DirtyLog = initiallySet
    ? { set: subtract(pageRange(0, now.npages), sourced), maybe: noPages }
    : cleanLog
  return sources.reduce((log, { of, pages, by }) => {
    const { set, maybe } = of.dirty ?? cleanLog
    return join(log, { set: shift(intersect(set, pages), by), maybe: shift(intersect(maybe, pages), by) })
  }, start)
}

/** The logged pages of an old slot that are no page's source: those whose logging the update ends. */
export const sourceless = (old: Slot, after: readonly Slot[]): PageSet => {
  // A slot that stays is its own source; most slots stay in most updates.
  if (!old.log || slotById({ slots: after }, old.id) === old) return noPages
  let left = pageRange(0, old.npages)
  for (const now of mayAgree(old, after)) {
    if (!now.log) continue
    left = subtract(left, sameFrames(old, now)?.pages ?? noPages)
    left = subtract(left, sameId(old, now)?.pages ?? noPages)
  }
  return left
}

/** The bits that an update retires, by slot of the old set in ascending id; slots that may retire none are left out. */
export const retire = (before: readonly Slot[], after: readonly Slot[]): readonly Retired[] => {
  const retired: Retired[] = []
  for (const old of before) {
    const { id, base, npages, dirty } = old
    if (dirty === null || (isEmpty(dirty.set) && isEmpty(dirty.maybe))) continue
    const left = sourceless(old, after)
    const set = intersect(dirty.set, left)
    const maybe = intersect(dirty.maybe, left)
    if (!isEmpty(set) || !isEmpty(maybe)) retired.push({ id, base, npages, set, maybe })
  }
  return retired.sort((a, b) => a.id - b.id)
}

/** Bytes of a record on the wire: id, base, npages and count, eight bytes each. */
export const RECORD_BYTES = 32

/** The result space that suffices for what an update retires, in bytes. */
export const resultBound = (before: readonly Slot[], after: readonly Slot[], harvest: boolean): number =>
  before.reduce(
    (sum, old) =>
      isEmpty(sourceless(old, after)) ? sum : sum + RECORD_BYTES + (harvest ? bitmapBytes(old.npages) : 0),
    0,
  )

/** `ALIGN(npages, 64) / 8`: bytes of a slot's bitmap. */
export const bitmapBytes = (npages: number): number => Math.ceil(npages / 64) * 8

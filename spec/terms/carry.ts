import { cleanLog, type DirtyLog, join } from './dirty-log.js'
import { intersect, isEmpty, noPages, type PageSet, pageRange, shift, subtract, union } from './page-set.js'
import type { Retired } from './result.js'
import { endOf, type Slot } from './slot.js'

/** Pages `pages` of slot `of` are sources of the pages `by` further on in a slot of the new set. */
interface Source {
  readonly of: Slot
  readonly pages: PageSet
  readonly by: number
}

const sameFrames = (old: Slot, now: Slot): Source | null => {
  // Within two slots the distance from frame to host page is constant: they agree on all common frames or on none.
  if (old.hva - old.base !== now.hva - now.base) return null
  const from = Math.max(old.base, now.base)
  const to = Math.min(endOf(old), endOf(now))
  return { of: old, pages: pageRange(from - old.base, to - old.base), by: old.base - now.base }
}

const sameId = (old: Slot, now: Slot): Source | null => {
  if (old.id !== now.id) return null
  const from = Math.max(old.hva, now.hva)
  const to = Math.min(old.hva + old.npages, now.hva + now.npages)
  return { of: old, pages: pageRange(from - old.hva, to - old.hva), by: old.hva - now.hva }
}

/**
 * The sources of a new slot's pages: logged pages of the old set with the same host page and the same frame or the
 * same slot id. SEMANTICS section 2, Dirty logs.
 */
const sourcesOf = (now: Slot, before: readonly Slot[]): readonly Source[] =>
  now.log
    ? before
        .filter(old => old.log)
        .flatMap(old => [sameFrames(old, now), sameId(old, now)])
        .filter(source => source !== null)
        .filter(source => !isEmpty(source.pages))
    : []

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
export const sourceless = (old: Slot, after: readonly Slot[]): PageSet =>
  old.log
    ? after.reduce<PageSet>(
        (left, now) => sourcesOf(now, [old]).reduce((rest, { pages }) => subtract(rest, pages), left),
        pageRange(0, old.npages),
      )
    : noPages

/** The bits that an update retires, by slot of the old set in ascending id; slots that may retire none are left out. */
export const retire = (before: readonly Slot[], after: readonly Slot[]): readonly Retired[] =>
  before
    .map(old => {
      const left = sourceless(old, after)
      const { set, maybe } = old.dirty ?? cleanLog
      const { id, base, npages } = old
      return {
        id: id as number,
        base: base as number,
        npages,
        set: intersect(set, left),
        maybe: intersect(maybe, left),
      }
    })
    .filter(({ set, maybe }) => !isEmpty(set) || !isEmpty(maybe))
    .toSorted((a, b) => a.id - b.id)

/** Bytes of a record on the wire: id, base, npages and count, eight bytes each. */
export const RECORD_BYTES = 32

/** The least result space that can hold whatever an update retires, in bytes. */
export const resultBound = (before: readonly Slot[], after: readonly Slot[], harvest: boolean): number =>
  before
    .filter(old => !isEmpty(sourceless(old, after)))
    .reduce((sum, old) => sum + RECORD_BYTES + (harvest ? bitmapBytes(old.npages) : 0), 0)

/** `ALIGN(npages, 64) / 8`: bytes of a slot's bitmap. */
export const bitmapBytes = (npages: number): number => Math.ceil(npages / 64) * 8

import { addRange, type PageSet, union } from './page-set.js'
import { endOf, type Slot } from './slot.js'

/** What a batch does to a page; every frame has exactly one class. semantics.md §2, in the order tested. */
export const PAGE_CLASSES = [
  'unchanged hole',
  'appeared',
  'vanished',
  'redirected',
  'restricted',
  'logged',
  'relaxed',
  'kept',
] as const
/** What a batch does to a page. */
export type PageClass = (typeof PAGE_CLASSES)[number]

/** A stretch of frames `[from, to)` behind which one slot, or none, lies before and after. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly before: Slot | null
  readonly after: Slot | null
}

const hvaAt = (slot: Slot, frame: number): number => slot.hva + (frame - slot.base)

/** The class of the frames of a stretch. */
export const classOf = ({ from, before, after }: Stretch): PageClass => {
  if (before === null) return after === null ? 'unchanged hole' : 'appeared'
  if (after === null) return 'vanished'
  // Memory of guest_memfd is other memory, also where the host has its own at the same address.
  if (hvaAt(before, from) !== hvaAt(after, from) || (before.gmem === false) !== (after.gmem === false))
    return 'redirected'
  if (!before.ro && after.ro) return 'restricted'
  if (!before.log && after.log && !after.ro) return 'logged'
  if (before.ro !== after.ro || before.log !== after.log) return 'relaxed'
  return 'kept'
}

/** The frames that either set maps, cut wherever either changes: never page by page. Slots sorted by base. */
export const stretches = (before: readonly Slot[], after: readonly Slot[]): readonly Stretch[] => {
  const result: Stretch[] = []
  let i = 0
  let j = 0
  let from = 0
  for (;;) {
    const old = before[i]
    const now = after[j]
    if (old === undefined && now === undefined) return result
    const oldStart = old?.base ?? Number.POSITIVE_INFINITY
    const nowStart = now?.base ?? Number.POSITIVE_INFINITY
    from = Math.max(from, Math.min(oldStart, nowStart))
    const oldEdge = old !== undefined && oldStart <= from ? endOf(old) : oldStart
    const nowEdge = now !== undefined && nowStart <= from ? endOf(now) : nowStart
    const to = Math.min(oldEdge, nowEdge)
    result.push({
      from,
      to,
      before: oldStart <= from ? (old ?? null) : null,
      after: nowStart <= from ? (now ?? null) : null,
    })
    if (oldStart <= from && oldEdge === to) i++
    if (nowStart <= from && nowEdge === to) j++
    from = to
  }
}

/** The classes of frames that one of the two sets maps at least. */
export type MappedClass = Exclude<PageClass, 'unchanged hole'>
/** The frames of each class. */
export type Classes = Readonly<Record<MappedClass, PageSet>>

/** The frames of each class between two sets; the unchanged holes are all the others. */
export const classify = (before: readonly Slot[], after: readonly Slot[]): Classes => {
  const classes: Record<MappedClass, number[]> = {
    appeared: [],
    vanished: [],
    redirected: [],
    restricted: [],
    logged: [],
    relaxed: [],
    kept: [],
  }
  for (const stretch of stretches(before, after)) {
    const is = classOf(stretch)
    // A stretch is mapped in one set at least, so it is no unchanged hole.
    addRange(classes[is as MappedClass], stretch.from, stretch.to)
  }
  return classes
}

/** Pages that must be blocked, revoked and drained before publication; the restricted ones for writes only. */
export const owed = ({ vanished, redirected, restricted }: Classes): PageSet =>
  union(union(vanished, redirected), restricted)

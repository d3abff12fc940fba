import type { PageSet } from '../../spec/terms/page-set.js'
import { overlaps, type Slot } from '../../spec/terms/slot.js'
import { type Space, sorted } from '../../spec/terms/space.js'
import type { Applied } from './applied.js'
import type { AtRisk } from './at-risk.js'
import type { Evidence } from './evidence.js'
import type { Crossed, Gap } from './gaps.js'
import type { Place } from './place.js'

/** KVM_RUN exits of other threads, within a span, that say that memory was missing. */
export interface Exits {
  readonly mmio: number
  readonly internalError: number
}

/** Frames that came back. */
export interface Back {
  readonly gap: Gap
  readonly as: number
  readonly pages: PageSet
  /** What lies between. */
  readonly crossed: Crossed
  readonly from: Place
  /** The start of the call that mapped them again. */
  readonly to: Place
  readonly evidence: Evidence
  readonly exits: Exits
}

/** An update that has ended: the memslot calls of one thread on one VM between two boundaries. */
export interface Update {
  readonly tid: number | null
  readonly calls: number
  readonly failed: number
  readonly first: Place
  readonly last: Place
  /** The spaces it touched, before and after. */
  readonly spaces: readonly { readonly as: number; readonly before: Space; readonly after: Space }[]
  /** What it unmapped and what was mapped again before it was over, in the order of coming back. */
  readonly windows: readonly Back[]
  /** Windows beyond those kept. */
  readonly moreWindows: number
  readonly atRisk: readonly AtRisk[]
  /** Other threads that changed slots of the same VM meanwhile. */
  readonly alsoBy: readonly number[]
}

/** An update while its calls are read. */
export interface UpdateInProgress {
  own(call: Applied): void
  /** A call of another thread: what it changes is no part of this update. */
  foreign(call: Applied): void
  window(back: Back): void
  /** Whether its last change made a slot appear. */
  readonly created: () => boolean
  finish(): Update
}

const KEPT_WINDOWS = 1000
const KEPT_RISKS = 500

/** A space with another thread's change made in it too; what now overlaps gives way to the other's. */
const rebase = (space: Space, { delta }: Applied): Space => {
  const gone = new Set(delta.removed.map(slot => slot.id))
  const inTheWay = (slot: Slot) => delta.added.some(other => other.id === slot.id || overlaps(other, slot))
  const left = space.slots.filter(slot => !gone.has(slot.id) && !inTheWay(slot))
  return { ...space, slots: sorted([...left, ...delta.added]) }
}

export const beginUpdate = ({ tid, place: first }: Applied): UpdateInProgress => {
  const spaces = new Map<number, { readonly before: Space; readonly after: Space }>()
  const windows: Back[] = []
  const atRisk: AtRisk[] = []
  const alsoBy = new Set<number>()
  let [calls, failed, moreWindows] = [0, 0, 0]
  let last = first
  let created = false
  // What other threads change after the update's last call is no concern of it.
  let foreign: Applied[] = []

  return {
    own: call => {
      for (const other of foreign) {
        const touched = spaces.get(other.as)
        if (touched === undefined) continue
        spaces.set(other.as, { before: rebase(touched.before, other), after: rebase(touched.after, other) })
        if (other.tid !== null) alsoBy.add(other.tid)
      }
      foreign = []
      calls++
      if (call.failed) failed++
      last = call.place
      created = call.delta.added.length > 0 && !call.isDelete
      spaces.set(call.as, { before: spaces.get(call.as)?.before ?? call.before, after: call.after })
      if (call.atRisk !== null && atRisk.length < KEPT_RISKS) atRisk.push(call.atRisk)
    },
    foreign: call => {
      if (call.delta.removed.length > 0 || call.delta.added.length > 0) foreign.push(call)
    },
    window: back => {
      if (windows.length < KEPT_WINDOWS) windows.push(back)
      else moreWindows++
    },
    created: () => created,
    finish: () => ({
      tid,
      calls,
      failed,
      first,
      last,
      spaces: [...spaces].map(([as, { before, after }]) => ({ as, before, after })),
      windows: [...windows].sort((a, b) => a.to.line - b.to.line || (a.pages[0] ?? 0) - (b.pages[0] ?? 0)),
      moreWindows,
      atRisk,
      alsoBy: [...alsoBy],
    }),
  }
}

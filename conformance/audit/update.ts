import { intersect, isEmpty, noPages } from '../../spec/terms/page-set.js'
import { overlaps, type Slot } from '../../spec/terms/slot.js'
import { type Space, sorted } from '../../spec/terms/space.js'
import type { Applied } from './applied.js'
import type { AtRisk } from './at-risk.js'
import { framesOf } from './delta.js'
import { badnessOf, closeHoles, type Hole, type OpenHole, worstFirst } from './holes.js'
import type { Place } from './place.js'
import { insideBetween } from './vcpu-threads.js'

/** An update that has ended: a whole intended change, as the calls of one thread on one VM. */
export interface Update {
  readonly tid: number | null
  readonly calls: number
  readonly failed: number
  readonly first: Place
  readonly last: Place
  /** The spaces it touched, before and after. */
  readonly spaces: readonly { readonly as: number; readonly before: Space; readonly after: Space }[]
  /** Frames mapped before and after that were unmapped in between, in the order in which they were mapped again. */
  readonly holes: readonly Hole[]
  /** Holes beyond those kept, the less important ones. */
  readonly moreHoles: number
  readonly atRisk: readonly AtRisk[]
  /** Other threads that changed slots of the same VM meanwhile. */
  readonly alsoBy: readonly number[]
}

/** An update while its calls are read. */
export interface UpdateInProgress {
  own(call: Applied): void
  /** A call of another thread: it may close holes, but what it changes is no part of this update. */
  foreign(call: Applied): void
  finish(): Update
}

const KEPT_HOLES = 500
const KEPT_RISKS = 500

/** A space with another thread's change made in it too; what now overlaps gives way to the other's. */
const rebase = (space: Space, { delta }: Applied): Space => {
  const gone = new Set(delta.removed.map(slot => slot.id))
  const inTheWay = (slot: Slot) => delta.added.some(other => other.id === slot.id || overlaps(other, slot))
  const left = space.slots.filter(slot => !gone.has(slot.id) && !inTheWay(slot))
  return { ...space, slots: sorted([...left, ...delta.added]) }
}

/** What is known of an update at one moment. */
interface Progress {
  readonly spaces: ReadonlyMap<number, { readonly before: Space; readonly after: Space }>
  readonly open: readonly OpenHole[]
  readonly holes: readonly Hole[]
  readonly moreHoles: number
  readonly alsoBy: ReadonlySet<number>
}

const nothingYet: Progress = { spaces: new Map(), open: [], holes: [], moreHoles: 0, alsoBy: new Set() }

/** Memory stays bounded: of very many holes the worst are kept. */
const prune = (progress: Progress): Progress =>
  progress.holes.length <= 2 * KEPT_HOLES
    ? progress
    : {
        ...progress,
        holes: progress.holes.toSorted((a, b) => worstFirst(badnessOf(a), badnessOf(b))).slice(0, KEPT_HOLES),
        moreHoles: progress.moreHoles + progress.holes.length - KEPT_HOLES,
      }

/** A call, of whatever thread, closes the holes that it maps. */
const close = (progress: Progress, call: Applied, tid: number | null): Progress => {
  const { open, closed } = closeHoles(progress.open, call.as, call.delta.mapped)
  if (closed.length === 0) return progress
  const holes = closed.map(hole => ({
    ...hole,
    to: call.place,
    running: insideBetween(hole.from, call.began, tid),
    beforeRun: call.began.ran === null ? null : !call.began.ran,
  }))
  return prune({ ...progress, open, holes: [...progress.holes, ...holes] })
}

const afterOwn = (progress: Progress, call: Applied): Progress => {
  const closed = close(progress, call, call.tid)
  const before = progress.spaces.get(call.as)?.before ?? call.before
  const spaces = new Map(progress.spaces).set(call.as, { before, after: call.after })
  const lost = isEmpty(call.delta.unmapped)
    ? call.delta.unmapped
    : intersect(call.delta.unmapped, framesOf(before.slots))
  const open = isEmpty(lost) ? closed.open : [...closed.open, { as: call.as, pages: lost, from: call.place }]
  return { ...closed, spaces, open }
}

const afterForeign = (progress: Progress, call: Applied, tid: number | null): Progress => {
  const closed = close(progress, call, tid)
  const touched = progress.spaces.get(call.as)
  if (touched === undefined) return closed
  const rebased = { before: rebase(touched.before, call), after: rebase(touched.after, call) }
  const alsoBy = call.tid === null ? progress.alsoBy : new Set(progress.alsoBy).add(call.tid)
  return { ...closed, spaces: new Map(progress.spaces).set(call.as, rebased), alsoBy }
}

/** Only what is mapped after the update as well was a hole of it. */
const lasting = ({ holes, spaces }: Progress): readonly Hole[] =>
  holes
    .map(hole => {
      const after = spaces.get(hole.as)?.after
      return { ...hole, pages: after === undefined ? noPages : intersect(hole.pages, framesOf(after.slots)) }
    })
    .filter(hole => !isEmpty(hole.pages))
    .sort((a, b) => a.to.line - b.to.line || (a.pages[0] as number) - (b.pages[0] as number))

export const beginUpdate = ({ tid, place: first }: Applied): UpdateInProgress => {
  let now = nothingYet
  // What other threads change behind the update's last call is no concern of it, so it ends as it stood then.
  let atLastCall = nothingYet
  let last = first
  let [calls, failed] = [0, 0]
  let atRisk: readonly AtRisk[] = []

  return {
    own: call => {
      calls++
      if (call.failed) failed++
      last = call.place
      now = afterOwn(now, call)
      atLastCall = now
      if (call.atRisk !== null && atRisk.length < KEPT_RISKS) atRisk = [...atRisk, call.atRisk]
    },
    foreign: call => {
      if (call.delta.removed.length > 0 || call.delta.added.length > 0) now = afterForeign(now, call, tid)
    },
    finish: () => ({
      tid,
      calls,
      failed,
      first,
      last,
      spaces: [...atLastCall.spaces].map(([as, { before, after }]) => ({ as, before, after })),
      holes: lasting(atLastCall),
      moreHoles: atLastCall.moreHoles,
      atRisk,
      alsoBy: [...atLastCall.alsoBy],
    }),
  }
}

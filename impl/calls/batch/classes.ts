import { displacement, GUEST_MEMFD, isLogged, isReadonly, type Shape } from '../../memslots/slot.js'
import type { Intent } from './intent.js'

/** The class of a page in a batch; a page that is a hole before and after has none (semantics.md §2, page classes). */
export type PageClass = 'appeared' | 'vanished' | 'redirected' | 'restricted' | 'logged' | 'relaxed' | 'kept'

/** A run of frames of one class. */
export interface Segment {
  readonly first: number
  readonly count: number
  readonly class: PageClass
}

/**
 * The classes of every frame that a changed slot covers before or after, by ascending frame. Frames of other slots are
 * kept. The frames are cut where a slot begins or ends; between two cuts the class is the same, so the cost goes by
 * slots, not by pages.
 */
export function classify(intents: readonly Intent[]): Segment[] {
  const before = byFrame(intents.map(intent => intent.old))
  const after = byFrame(intents.map(intent => intent.wanted))
  const cuts = cutsOf([...before, ...after])
  const segments: Segment[] = []
  let b = 0
  let a = 0
  for (let i = 0; i + 1 < cuts.length; i++) {
    const first = cuts[i]!
    while (b < before.length && endOf(before[b]!) <= first) b++
    while (a < after.length && endOf(after[a]!) <= first) a++
    const kind = classOf(covering(before[b], first), covering(after[a], first))
    if (kind) segments.push({ first, count: cuts[i + 1]! - first, class: kind })
  }
  return segments
}

/** Whether pages of this class are owed: blocked, revoked and drained before the new set is published. */
export function isOwed(kind: PageClass): boolean {
  return kind === 'vanished' || kind === 'redirected' || kind === 'restricted'
}

/** The first class that applies, in the order of semantics.md; undefined for an unchanged hole. */
function classOf(old: Shape | undefined, next: Shape | undefined): PageClass | undefined {
  if (!old) return next ? 'appeared' : undefined
  if (!next) return 'vanished'
  if (displacement(old) !== displacement(next) || isMemfd(old) !== isMemfd(next)) return 'redirected'
  if (!isReadonly(old) && isReadonly(next)) return 'restricted'
  if (!isLogged(old) && isLogged(next) && !isReadonly(next)) return 'logged'
  return isReadonly(old) === isReadonly(next) && isLogged(old) === isLogged(next) ? 'kept' : 'relaxed'
}

function isMemfd({ flags }: Shape): boolean {
  return (flags & GUEST_MEMFD) !== 0
}

function byFrame(shapes: readonly (Shape | undefined)[]): Shape[] {
  return shapes.filter(shape => shape !== undefined).sort((x, y) => x.base - y.base)
}

function cutsOf(shapes: readonly Shape[]): Float64Array {
  const cuts = new Float64Array(shapes.length * 2)
  for (const [i, shape] of shapes.entries()) {
    cuts[2 * i] = shape.base
    cuts[2 * i + 1] = endOf(shape)
  }
  return cuts.sort().filter((cut, i, sorted) => i === 0 || cut !== sorted[i - 1])
}

function endOf(shape: Shape): number {
  return shape.base + shape.npages
}

function covering(shape: Shape | undefined, gfn: number): Shape | undefined {
  return shape && shape.base <= gfn ? shape : undefined
}

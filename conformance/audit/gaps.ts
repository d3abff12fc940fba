import { intersect, isEmpty, type PageSet, subtract } from '../../spec/terms/page-set.js'
import type { Place } from './place.js'

/** Frames that a call unmapped and that are unmapped still. */
export interface Gap {
  readonly as: number
  readonly pages: PageSet
  /** The start of the call that unmapped them. */
  readonly from: Place
  /** The thread that unmapped them. */
  readonly by: number | null
  /** The caller above the ioctl wrapper, where stacks were recorded. */
  readonly stack: readonly string[] | null
  /** What lies between: nothing, what leaves open whether the commit went on, or a boundary. */
  readonly crossed: Crossed
}

/** Why it cannot be told how long a thread made no call. */
export type Unmeasured = 'no times' | 'coarse times'

/** What the thread that unmapped frames did before they came back. */
export type Crossed =
  | { readonly kind: 'nothing' }
  /** Nothing that is recorded; and no times, or too coarse ones, so that a pause would not show. */
  | { readonly kind: 'pause not measured'; readonly why: Unmeasured }
  /** Nothing but time passed, more than a commit takes and not much more. */
  | { readonly kind: 'pause'; readonly seconds: number }
  /** A delete followed a create, and nothing else tells where the update ended. */
  | { readonly kind: 'guessed split' }
  /** The line that may have unmapped them could not be read. */
  | { readonly kind: 'line not read' }
  /** The slot was made before the recording: how much it mapped is not known. */
  | { readonly kind: 'size not recorded' }
  /** The slot was made before the recording, and the first call on it may have moved it: from where is not known. */
  | { readonly kind: 'place not recorded' }
  | { readonly kind: 'boundary' }
  /** A call that could not be read: it may have mapped them, and a later one unmapped them again. */
  | { readonly kind: 'call not read' }

const WEIGHT: Readonly<Record<Crossed['kind'], number>> = {
  nothing: 0,
  'pause not measured': 1,
  pause: 2,
  'guessed split': 3,
  'line not read': 4,
  'size not recorded': 4,
  'place not recorded': 4,
  boundary: 5,
  'call not read': 6,
}

/** The stronger of two things that lie between. A boundary ends even what is not known. */
export const stronger = (a: Crossed, b: Crossed): Crossed => {
  if (a.kind === 'pause' && b.kind === 'pause') return a.seconds >= b.seconds ? a : b
  return WEIGHT[b.kind] > WEIGHT[a.kind] ? b : a
}

/** Splits gaps by the frames that become mapped: what stays, and what comes back. */
export const closeGaps = (
  gaps: readonly Gap[],
  as: number,
  mapped: PageSet,
): { readonly stay: readonly Gap[]; readonly back: readonly Gap[] } => {
  if (isEmpty(mapped) || gaps.length === 0) return { stay: gaps, back: [] }
  const stay: Gap[] = []
  const back: Gap[] = []
  for (const gap of gaps) {
    const part = gap.as === as ? intersect(gap.pages, mapped) : []
    if (isEmpty(part)) {
      stay.push(gap)
      continue
    }
    back.push({ ...gap, pages: part })
    const rest = subtract(gap.pages, part)
    if (!isEmpty(rest)) stay.push({ ...gap, pages: rest })
  }
  return { stay, back }
}

import { countPages, intersect, isEmpty, type PageSet, subtract } from '../../spec/terms/page-set.js'
import { type Place, secondsBetween } from './place.js'

/** Frames that a call of an update unmapped and that are unmapped still. */
export interface OpenHole {
  readonly as: number
  readonly pages: PageSet
  /** The start of the call that opened it. */
  readonly from: Place
}

/** Frames that were unmapped from the start of one call to the start of another. */
export interface Hole extends OpenHole {
  /** The start of the call that closed it. */
  readonly to: Place
  /** The other vCPU threads inside KVM_RUN at some moment of it; null where that is not recorded. */
  readonly running: readonly number[] | null
  /** Whether no vCPU had run yet when it was closed; null where that is not recorded. */
  readonly beforeRun: boolean | null
}

/** What says how bad a hole is, wherever it stands. */
export interface Badness {
  readonly running: readonly number[] | null
  readonly beforeRun: boolean | null
  readonly pages: number
  readonly seconds: number | null
}

const met = ({ running, beforeRun }: Badness): number => {
  if (running !== null) return running.length > 0 ? 3 : 0
  return beforeRun === false ? 2 : 1
}

/**
 * Orders holes, the worst first: those met by a running vCPU, then those of which that is not recorded, then the
 * others; among equals by memory times time.
 */
export const worstFirst = (a: Badness, b: Badness): number =>
  met(b) - met(a) || b.pages * (b.seconds ?? 0) - a.pages * (a.seconds ?? 0)

export const badnessOf = ({ running, beforeRun, pages, from, to }: Hole): Badness => ({
  running,
  beforeRun,
  pages: countPages(pages),
  seconds: secondsBetween(from, to),
})

/** Splits holes by the frames that become mapped: what stays open, and what is closed. */
export const closeHoles = (
  open: readonly OpenHole[],
  as: number,
  mapped: PageSet,
): { readonly open: readonly OpenHole[]; readonly closed: readonly OpenHole[] } => {
  if (isEmpty(mapped) || open.length === 0) return { open, closed: [] }
  const stay: OpenHole[] = []
  const closed: OpenHole[] = []
  for (const hole of open) {
    const part = hole.as === as ? intersect(hole.pages, mapped) : []
    if (isEmpty(part)) {
      stay.push(hole)
      continue
    }
    closed.push({ ...hole, pages: part })
    const rest = subtract(hole.pages, part)
    if (!isEmpty(rest)) stay.push({ ...hole, pages: rest })
  }
  return { open: stay, closed }
}

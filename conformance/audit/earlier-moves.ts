import type { SetCall } from '../../spec/terms/operation.js'
import { type PageSet, pageRange, subtract } from '../../spec/terms/page-set.js'
import { type Space, slotById } from '../../spec/terms/space.js'
import type { Applied } from './applied.js'
import { framesOf } from './delta.js'

/** The first call on a slot that may be older than the recording. */
export type FirstCall = Pick<Applied, 'tid' | 'place' | 'stack'>

/** What may have been moved away before, and comes back by a move now. */
interface EarlierMove {
  readonly first: FirstCall
  readonly pages: PageSet
}

/**
 * Hears the calls of a VM that is older than the recording. A VMM that moves a slot may have moved it by the first call on
 * it as well: from where no line says, perhaps from where it moves it back to.
 */
export const createEarlierMoves = () => {
  const firstCalls = new Map<string, FirstCall>()

  /** A call that succeeded, on this space; null: it moves nothing back. */
  return (call: FirstCall, { as, id, gpa, size }: SetCall, space: Space): EarlierMove | null => {
    const name = `${as}:${id}`
    const slot = slotById(space, id)
    const first = firstCalls.get(name)
    if (slot === null && size > 0n) firstCalls.set(name, call)
    else firstCalls.delete(name)
    const base = Number(gpa >> 12n)
    if (first === undefined || slot === null || size === 0n || slot.base === base) return null
    const pages = subtract(pageRange(base, base + Number(size >> 12n)), framesOf(space.slots))
    return pages.length === 0 ? null : { first, pages }
  }
}

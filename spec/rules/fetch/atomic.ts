import { type Rule, step } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { FetchInstruction } from '../../terms/operation.js'
import { onward } from '../../terms/paging/walking.js'
import { callRelation } from '../calls.js'
import { semantics } from '../cite.js'
import { at } from '../walk/at.js'

/** The machine after the change of slots that comes in the middle of a fetch. A call that fails leaves it as it was. */
export const changedBy = (cells: Cells, call: FetchInstruction): Cells => {
  if (call.between === undefined) return cells
  const { params, spaces, protect, ring, vcpus, memory, host } = cells
  const asking = { params, spaces, protect, ring, vcpus, memory, host, returned: null, seen: null }
  return step(callRelation(params), { ...asking, call: call.between.operation })[0]?.cells ?? cells
}

const cites = [semantics('2: fetch-atomic')]

/** A fetch in whose middle the slots change sees the set of before or the one of after, and never some of each. */
export const fetchAtomicBefore: Rule<Cells> = at('between', {
  id: 'fetch-atomic.before',
  says: 'Where slots change between two look-ups of a fetch, all its look-ups may see them as they were before: the change waits, or is not seen.',
  cites,
  when: [],
  rewrite: cells => onward(cells, { at: 'start' }),
})

export const fetchAtomicAfter: Rule<Cells> = at('between', {
  id: 'fetch-atomic.after',
  says: 'Or all its look-ups see them as they are after: what was found before the change counts for nothing, and the whole fetch begins anew.',
  cites,
  when: [],
  rewrite: cells => {
    const { spaces, memory } = changedBy(cells, cells.call as FetchInstruction) // no other operation has a change in it
    return { ...onward(cells, { at: 'start' }, memory), spaces }
  },
})

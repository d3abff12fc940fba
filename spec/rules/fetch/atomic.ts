import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { isEmpty } from '../../terms/page-set.js'
import { coming, held } from '../../terms/paging/meanwhile.js'
import { onward, type Walking } from '../../terms/walking.js'
import { semantics } from '../cite.js'
import { at } from '../walk/station.js'
import { blockedBy, oneSlotAtATime, restarted } from './change.js'

const owes: Premise<Walking> = premise(
  'owes-pages',
  {
    holds: 'the change owes pages of the space the fetch is in',
    fails: 'the change owes no page of the space the fetch is in',
  },
  cells => {
    const { owed, restricted } = blockedBy(cells)
    return !isEmpty(owed) || !isEmpty(restricted)
  },
  cells => ({ ...blockedBy(cells) }),
)

const cites = [semantics('Fetch-atomic')]

/** A fetch during which the slots change sees the set of before or the one of after, and never some of each. */
export const atomicRules: readonly Rule<Cells>[] = [
  at('between', {
    id: 'fetch-atomic.before',
    says: 'Where slots change between two look-ups of a fetch, all its look-ups may see them as they were before: the change waits, or is not seen.',
    cites,
    when: [not(oneSlotAtATime)],
    rewrite: cells => onward(cells, { at: 'start', meanwhile: held }),
  }),
  at('between', {
    id: 'fetch-atomic.after',
    says: 'Or all its look-ups see them as they are after: what was found before the change is dropped, and the whole fetch begins again.',
    cites,
    when: [not(oneSlotAtATime)],
    rewrite: restarted,
  }),
  at('between', {
    id: 'fetch-atomic.blocked',
    says: 'Or the fetch begins while the pages that the change owes are blocked: it sees the set of before unless it meets one of them.',
    cites: [semantics('Phases')],
    when: [not(oneSlotAtATime), owes],
    rewrite: cells => onward(cells, { at: 'start', meanwhile: blockedBy(cells) }),
  }),
  at('between', {
    id: 'invalid.each-look-up',
    says: 'In Linux each look-up of the fetch sees what is published when it is made: the fetch is not one access.',
    cites: [semantics('3. One slot at a time'), semantics('Properties')],
    when: [oneSlotAtATime],
    rewrite: cells => onward(cells, { at: 'start', meanwhile: coming }),
    notes: {
      why: 'Two sets at most: the SRCU read side is held from exit to entry, so a second swap waits.',
    },
  }),
]

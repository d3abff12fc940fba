import { type Premise, premise, type Sentences } from '../../rewrite/index.js'
import type { FetchInstruction } from '../../terms/operation.js'
import { hasPage, isEmpty, noPages } from '../../terms/page-set.js'
import type { LookUp, Walking } from '../../terms/walking.js'
import { invalidBy } from './change.js'

/** The frame that is about to be looked up, and whether to be written. */
export const sought = ({ walk }: Walking) =>
  walk.seeking === 'accessed'
    ? { gfn: walk.unset[0]?.gfn ?? 0, writes: true }
    : { gfn: walk.gfn, writes: false }

export const due: Premise<Walking> = premise(
  'change-due',
  {
    holds: 'the change is due: every look-up that comes before it was made',
    fails: 'the change is not due: look-ups come before it, or it is under way',
  },
  ({ call, walk }) =>
    walk.meanwhile?.stage === 'coming' &&
    walk.seeking !== 'accessed' &&
    walk.lookups >= ((call as FetchInstruction).between?.after ?? 0), // only a fetch has a change in it
  ({ call, walk }) => ({ made: walk.lookups, between: (call as FetchInstruction).between?.after }),
)
export const hasWindow: Premise<Walking> = premise(
  'has-invalid-window',
  {
    holds: 'the change deletes or moves a slot, which is INVALID between the two swaps',
    fails: 'the change makes no slot INVALID: it neither deletes nor moves one',
  },
  cells => !isEmpty(invalidBy(cells)),
  cells => ({ invalid: invalidBy(cells) }),
)
export const blocked: Premise<Walking> = premise(
  'frame-blocked',
  {
    holds: 'the frame is blocked for this look-up, or its slot is INVALID',
    fails: 'the frame is not blocked for this look-up, and its slot is not INVALID',
  },
  cells => {
    const { owed = noPages, restricted = noPages } = cells.walk.meanwhile ?? {}
    const { gfn, writes } = sought(cells)
    // Linux looks no slot up to set a bit: it has the host address from the look-up before.
    if (writes && cells.params.profile === 'linux') return false
    return hasPage(owed, gfn) || (writes && hasPage(restricted, gfn))
  },
  cells => ({ ...sought(cells), ...cells.walk.meanwhile }),
)
const seeks = (what: LookUp, says: Sentences): Premise<Walking> =>
  premise(
    `seeks-${what}`,
    says,
    ({ walk }) => walk.seeking === what,
    ({ walk }) => ({ seeking: walk.seeking }),
  )
/** Of PAE's top entries, where KVM loads them again. */
export const tops = seeks('tops', {
  holds: 'the look-up is of PAE’s top entries',
  fails: 'the look-up is not of PAE’s top entries',
})
export const table = seeks('table', {
  holds: 'the look-up is of a table to be read',
  fails: 'the look-up is not of a table to be read',
})
export const page = seeks('page', {
  holds: 'the look-up is of the page of the instruction',
  fails: 'the look-up is not of the page of the instruction',
})

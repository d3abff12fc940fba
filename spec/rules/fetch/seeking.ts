import { type Premise, premise, type Sentences } from '../../rewrite/index.js'
import { hasPage, isEmpty, noPages } from '../../terms/page-set.js'
import type { LookUp, Walking } from '../../terms/walking.js'
import { invalidBy } from './change.js'

/** A read-modify-write waits before its load for what it will store. */
const isWrite = ({ op }: Walking['call']): boolean => op === 'write-virtual' || op === 'rmw-virtual'

/** The frame that is about to be looked up, and whether to be written. */
export const sought = ({ call, walk }: Walking): { readonly gfn: number; readonly writes: boolean } => {
  switch (walk.seeking) {
    case 'accessed':
      return { gfn: walk.unset[0]?.gfn ?? 0, writes: true }
    case 'data':
      return { gfn: walk.pieces[0]?.gfn ?? 0, writes: isWrite(call) }
    case 'reach':
      return { gfn: walk.gfn, writes: isWrite(call) }
    case 'delivery':
    case 'tops':
    case 'table':
    case 'page':
      return { gfn: walk.gfn, writes: false }
  }
}

export const due: Premise<Walking> = premise(
  'change-due',
  {
    holds: 'the change is due: every look-up that comes before it was made',
    fails: 'the change is not due: look-ups come before it, or it is under way',
  },
  ({ walk }) =>
    walk.meanwhile?.stage === 'coming' &&
    walk.seeking !== 'accessed' &&
    walk.lookups >= (walk.change?.after ?? 0),
  ({ walk }) => ({ made: walk.lookups, between: walk.change?.after }),
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
    if (cells.walk.seeking === 'accessed' && cells.params.profile === 'linux') return false
    return hasPage(owed, gfn) || (writes && hasPage(restricted, gfn))
  },
  cells => ({ ...sought(cells), ...cells.walk.meanwhile }),
)
/** The first look-up may already have come after the first swap: then the second does not wait for this operation. */
export const windowFromStart: Premise<Walking> = premise(
  'window-from-start',
  {
    holds: 'the slot was INVALID before the first look-up, which has been made',
    fails: 'no look-up has been made while the slot was INVALID, or one was made before',
  },
  ({ walk }) => walk.meanwhile?.stage === 'blocked' && walk.change?.after === 0 && walk.lookups > 0,
  ({ walk }) => ({ made: walk.lookups, between: walk.change?.after }),
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
/** Of the root, through which an exception is delivered. */
export const delivery = seeks('delivery', {
  holds: 'the look-up is of the root, to deliver an exception',
  fails: 'the look-up is not of the root to deliver an exception',
})
export const table = seeks('table', {
  holds: 'the look-up is of a table to be read',
  fails: 'the look-up is not of a table to be read',
})
export const data: Premise<Walking> = premise(
  'seeks-data',
  {
    holds: 'the look-up is of the page of a piece of data',
    fails: 'the look-up is not of the page of a piece of data',
  },
  ({ walk }) => walk.seeking === 'data' || walk.seeking === 'reach',
  ({ walk }) => ({ seeking: walk.seeking }),
)
/** The last page of the way, where the processor's access is a fault of the second stage. */
export const finalPage: Premise<Walking> = premise(
  'seeks-final-page',
  {
    holds: 'the look-up is of the page of the instruction or of the data',
    fails: 'the look-up is of a table',
  },
  cells => page.holds(cells) || data.holds(cells),
  ({ walk }) => ({ seeking: walk.seeking }),
)
export const page = seeks('page', {
  holds: 'the look-up is of the page of the instruction',
  fails: 'the look-up is not of the page of the instruction',
})

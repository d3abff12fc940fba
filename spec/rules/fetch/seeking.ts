import { type Premise, premise } from '../../rewrite/index.js'
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
  'as many look-ups were made as come before the change',
  ({ call, walk }) =>
    walk.meanwhile?.stage === 'coming' &&
    walk.seeking !== 'accessed' &&
    walk.lookups >= ((call as FetchInstruction).between?.after ?? 0), // only a fetch has a change in it
  ({ call, walk }) => ({ made: walk.lookups, between: (call as FetchInstruction).between?.after }),
)
export const hasWindow: Premise<Walking> = premise(
  'has-invalid-window',
  'the change deletes or moves a slot, which is INVALID between two swaps',
  cells => !isEmpty(invalidBy(cells)),
  cells => ({ invalid: invalidBy(cells) }),
)
export const blocked: Premise<Walking> = premise(
  'frame-blocked',
  'the frame is blocked, for a write or for everything, or its slot is INVALID',
  cells => {
    const { owed = noPages, restricted = noPages } = cells.walk.meanwhile ?? {}
    const { gfn, writes } = sought(cells)
    // Linux looks no slot up to set a bit: it has the host address from the look-up before.
    if (writes && cells.params.profile === 'linux') return false
    return hasPage(owed, gfn) || (writes && hasPage(restricted, gfn))
  },
  cells => ({ ...sought(cells), ...cells.walk.meanwhile }),
)
const seeks = (what: LookUp, says: string): Premise<Walking> =>
  premise(
    `seeks-${what}`,
    says,
    ({ walk }) => walk.seeking === what,
    ({ walk }) => ({ seeking: walk.seeking }),
  )
/** Of PAE's top entries, where KVM loads them anew. */
export const tops = seeks('tops', 'the page of PAE’s top entries is looked up')
export const table = seeks('table', 'a table is looked up, to be read')
export const page = seeks('page', 'the page of the instruction is looked up')

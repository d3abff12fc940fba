import { type Premise, premise, step } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { NEWEST } from '../../terms/kernels.js'
import type { FetchInstruction } from '../../terms/operation.js'
import { classify } from '../../terms/page-class.js'
import { noPages, type PageSet, pageRange, union } from '../../terms/page-set.js'
import type { Meanwhile } from '../../terms/paging/meanwhile.js'
import { endOf } from '../../terms/slot.js'
import { slotById } from '../../terms/space.js'
import { onward, type Walking } from '../../terms/walking.js'
import { callRelation } from '../calls.js'
import { regimeFor } from '../walk/station.js'
import { spaceIn } from '../walk/target.js'

export const oneSlotAtATime: Premise<Walking> = premise(
  'one-slot-at-a-time',
  {
    holds: 'slots change one at a time, as in Linux, and KVM reads the published set again for each look-up',
    fails: 'slots change in batches, and a fetch sees one published set',
  },
  ({ params }) => params.profile === 'linux',
  ({ params }) => ({ profile: params.profile }),
)

/**
 * The machine after the change of slots that comes in the middle of a fetch. A call that fails leaves it as it was. Where
 * no kernel is named the change is the newest one's.
 */
export const changedBy = (cells: Cells, call: FetchInstruction): Cells => {
  if (call.between === undefined) return cells
  const { params, spaces, protect, ring, vcpus, memory, host } = cells
  const named = { kernel: NEWEST, ...params }
  const asking = { params: named, spaces, protect, ring, vcpus, memory, host, returned: null, seen: null }
  const [way] = step(callRelation(params), { ...asking, call: call.between.operation })
  return way === undefined ? cells : { ...way.cells, params }
}

const callOf = (cells: Walking): FetchInstruction => cells.call as FetchInstruction // no other has a change in it

/** The fetch with the change made: the machine is changed, how far the fetch has come is not. */
export const withChange = (cells: Walking): Walking => {
  const { spaces, memory } = changedBy(cells, callOf(cells))
  return { ...onward(cells, { meanwhile: null }, memory), spaces }
}

/** The fetch from its beginning, with the change made. */
export const restarted = (cells: Walking): Walking => {
  const { rip, by = 'emulator' } = callOf(cells)
  const { loaded } = cells.walk
  return onward(withChange(cells), {
    at: 'start',
    by,
    regime: loaded === null ? null : regimeFor(by, loaded, cells.params),
    offset: rip,
    la: 0n,
    bytes: '',
    steps: [],
    unset: [],
    error: 0,
    lookups: 0,
    tops: 'unread',
  })
}

const isElsewhere = (cells: Walking): boolean => callOf(cells).between?.operation.as !== spaceIn(cells)

/** Frames of the fetch's own space that the change owes, and of them those that are blocked for writes only. */
export const blockedBy = (cells: Walking): Meanwhile => {
  const before = cells.spaces[spaceIn(cells)]?.slots ?? []
  const after = changedBy(cells, callOf(cells)).spaces[spaceIn(cells)]?.slots ?? []
  const { vanished, redirected, restricted } = classify(before, after)
  return { stage: 'blocked', owed: union(vanished, redirected), restricted }
}

/** In Linux: all frames of the slot that is INVALID between the two swaps of a deletion or a move. */
export const invalidBy = (cells: Walking): PageSet => {
  const operation = callOf(cells).between?.operation
  const as = spaceIn(cells)
  const space = cells.spaces[as]
  if (space === undefined || operation?.op !== 'set' || isElsewhere(cells)) return noPages
  const swaps = (changedBy(cells, callOf(cells)).spaces[as]?.swaps ?? 0) - space.swaps
  const slot = slotById(space, operation.id)
  return slot === null || swaps < 2 ? noPages : pageRange(slot.base, endOf(slot))
}

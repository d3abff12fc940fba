import { type Premise, premise, step } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { NEWEST } from '../../terms/kernels.js'
import type { By } from '../../terms/operation.js'
import { classify } from '../../terms/page-class.js'
import { noPages, type PageSet, pageRange, union } from '../../terms/page-set.js'
import type { Meanwhile } from '../../terms/paging/meanwhile.js'
import { endOf } from '../../terms/slot.js'
import { slotById } from '../../terms/space.js'
import { type Change, onward, type Walking } from '../../terms/walking.js'
import { callRelation } from '../calls.js'
import { dataBegins } from '../walk/phase.js'
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
 * The machine after a change of slots that another thread makes. A call that fails leaves it as it was. Where no kernel is
 * named the change is the newest one's.
 */
export const changedBy = (cells: Cells, change: Change | null): Cells => {
  if (change === null) return cells
  const { params, spaces, protect, ring, memfds, vcpus, memory, host } = cells
  const named = { kernel: NEWEST, ...params }
  const at = { spaces, protect, ring, memfds, vcpus, memory, host }
  const asking = { params: named, ...at, returned: null, seen: null }
  const ways = step(callRelation(params), { ...asking, call: change.operation })
  const way = ways.find(({ rule }) => rule.id === change.follows) ?? ways[0]
  return way === undefined ? cells : { ...way.cells, params }
}

/** The operation with the change made: the machine is changed, how far the operation has come is not. */
export const withChange = (cells: Walking): Walking => {
  const { spaces, memory } = changedBy(cells, cells.walk.change)
  return { ...onward(cells, { meanwhile: null }, memory), spaces }
}

/** What is done again: all of it, but no exit. Where the load of a read-modify-write has exited only its store is. */
const dataAgain = ({ call, walk }: Walking, by: By) =>
  call.op === 'rmw-virtual' && walk.storing && walk.exits.length > 0
    ? { use: walk.use, storing: true, pieces: [], exits: walk.exits, data: walk.data }
    : dataBegins(call, by)

/** The operation from its beginning, with the change made. */
export const restarted = (cells: Walking): Walking => {
  const { call } = cells
  const { loaded } = cells.walk
  const by = ('by' in call ? call.by : undefined) ?? 'emulator'
  return onward(withChange(cells), {
    at: 'start',
    by,
    regime: loaded === null ? null : regimeFor(by, loaded, cells.params),
    offset: 'rip' in call ? call.rip : 0n,
    la: 'gva' in call ? call.gva : 0n,
    bytes: '',
    steps: [],
    unset: [],
    error: 0,
    ...dataAgain(cells, by),
    rootless: false,
    delivering: null,
    lookups: 0,
    tops: 'unread',
  })
}

const isElsewhere = (cells: Walking): boolean => cells.walk.change?.operation.as !== spaceIn(cells)

/** Frames of the fetch's own space that the change owes, and of them those that are blocked for writes only. */
export const blockedBy = (cells: Walking): Meanwhile => {
  const before = cells.spaces[spaceIn(cells)]?.slots ?? []
  const after = changedBy(cells, cells.walk.change).spaces[spaceIn(cells)]?.slots ?? []
  const { vanished, redirected, restricted } = classify(before, after)
  return { stage: 'blocked', owed: union(vanished, redirected), restricted }
}

/** In Linux: all frames of the slot that is INVALID between the two swaps of a deletion or a move. */
export const invalidBy = (cells: Walking): PageSet => {
  const operation = cells.walk.change?.operation
  const as = spaceIn(cells)
  const space = cells.spaces[as]
  if (space === undefined || operation?.op !== 'set' || isElsewhere(cells)) return noPages
  const swaps = (changedBy(cells, cells.walk.change).spaces[as]?.swaps ?? 0) - space.swaps
  const slot = slotById(space, operation.id)
  return slot === null || swaps < 2 ? noPages : pageRange(slot.base, endOf(slot))
}

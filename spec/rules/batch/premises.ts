import { type Premise, premise } from '../../rewrite/index.js'
import { changesNothing, override } from '../../terms/batch.js'
import { resultBound } from '../../terms/carry.js'
import { type Generation, spaceId } from '../../terms/numbers.js'
import { HARVEST } from '../../terms/operation.js'
import { classify, owed } from '../../terms/page-class.js'
import { countPages } from '../../terms/page-set.js'
import type { Slot } from '../../terms/slot.js'
import { generationAfter, type Space } from '../../terms/space.js'
import { type Batching, firstEntryFault, firstSetFault } from './faults.js'
import { latest } from './latest.js'

/** What a valid batch makes of its space, worked out once per call. */
export interface Projection {
  readonly before: readonly Slot[]
  readonly after: readonly Slot[]
  readonly nothing: boolean
  /** The blocking swap where a page is owed, and the publishing one; none where nothing changes. */
  readonly swaps: 0 | 1 | 2
  readonly generation: Generation
  /** Bytes of result space that the retired bits may need. */
  readonly bound: number
  readonly owedPages: number
}

/** Meaningful where stages 1 to 3 found nothing wrong. */
export const project = latest((cells: Batching): Projection => {
  const { call, params } = cells
  const space = cells.spaces[call.as] as Space // stage 1 checked it
  const at = (swaps: number) => generationAfter(spaceId(call.as), space.swaps + swaps, params.spaces)
  // Whether a page is owed does not depend on the generation the new slots will carry.
  const draft = override(space, call.entries, at(0))
  const nothing = changesNothing(space, draft)
  const owedPages = countPages(owed(classify(space.slots, draft)))
  const swaps = nothing ? 0 : owedPages > 0 ? 2 : 1
  const generation = at(swaps)
  const after = override(space, call.entries, generation)
  const bound = resultBound(space.slots, after, (call.flags & HARVEST) !== 0)
  return { before: space.slots, after, nothing, swaps, generation, bound, owedPages }
})

export const headerFlagsKnown: Premise<Batching> = premise(
  'header-flags-known',
  { holds: 'the header sets no flag but HARVEST', fails: 'the header sets a flag other than HARVEST' },
  ({ call }) => (call.flags & ~HARVEST) === 0,
  ({ call }) => ({ flags: call.flags }),
)
export const batchSpaceExists: Premise<Batching> = premise(
  'space-exists',
  { holds: 'the VM has the address space', fails: 'the VM does not have the address space' },
  ({ call, spaces }) => call.as < spaces.length,
  ({ call, spaces }) => ({ as: call.as, spaces: spaces.length }),
)
export const headerReservedZero: Premise<Batching> = premise(
  'header-reserved-zero',
  {
    holds: 'the reserved bytes of the header are zero',
    fails: 'the reserved bytes of the header are not zero',
  },
  ({ call }) => (call.reserved ?? 0n) === 0n,
  ({ call }) => ({ reserved: call.reserved }),
)
export const fewEnoughEntries: Premise<Batching> = premise(
  'few-enough-entries',
  {
    holds: 'the batch has no more entries than the capability reports',
    fails: 'the batch has more entries than the capability reports',
  },
  ({ call, params }) => call.entries.length <= params.maxEntries,
  ({ call, params }) => ({ entries: call.entries.length, maxEntries: params.maxEntries }),
)
export const hasEntries: Premise<Batching> = premise(
  'has-entries',
  { holds: 'the batch has an entry', fails: 'the batch has no entry' },
  ({ call }) => call.entries.length > 0,
  ({ call }) => ({ entries: call.entries.length }),
)
export const entriesWellFormed: Premise<Batching> = premise(
  'entries-well-formed',
  {
    holds: 'every entry passes its checks (stage 2)',
    fails: 'an entry fails its checks (stage 2)',
    failing: cells => `entry ${firstEntryFault(cells)?.index} fails its checks (stage 2)`,
  },
  cells => firstEntryFault(cells) === null,
  cells => ({ first: firstEntryFault(cells) }),
)
export const finalSetLegal: Premise<Batching> = premise(
  'final-set-legal',
  {
    holds: 'the set after the batch is legal (stage 3)',
    fails: 'the set after the batch is not legal (stage 3)',
    failing: cells => `entry ${firstSetFault(cells)?.index} makes the set after the batch illegal (stage 3)`,
  },
  cells => firstSetFault(cells) === null,
  cells => ({ first: firstSetFault(cells) }),
)
export const changesSomething: Premise<Batching> = premise(
  'changes-something',
  {
    holds: 'the set after the batch differs from the set before it',
    fails: 'the set after the batch is the set before it',
  },
  cells => !project(cells).nothing,
  cells => ({ entries: cells.call.entries.length }),
)
export const resultSpaceSuffices: Premise<Batching> = premise(
  'result-space-suffices',
  {
    holds: 'the result space can hold all that may be retired, or no records are wanted',
    fails: 'the result space cannot hold all that may be retired',
  },
  cells => {
    const unwanted = cells.call.resultSize === 0n && (cells.call.flags & HARVEST) === 0
    return unwanted || cells.call.resultSize >= BigInt(project(cells).bound)
  },
  cells => ({ resultSize: cells.call.resultSize, bound: project(cells).bound }),
)
export const batchMemoryAllocated: Premise<Batching> = premise(
  'memory-allocated',
  {
    holds: 'everything that is needed later can be allocated now',
    fails: 'something that is needed later cannot be allocated now',
  },
  ({ call }) => call.allocation === undefined,
  ({ call }) => ({ allocation: call.allocation }),
)
export const resultSpaceWritable: Premise<Batching> = premise(
  'result-space-writable',
  {
    holds: 'the result space can be written and is pinned, or is not needed',
    fails: 'the result space is needed and cannot be written',
  },
  cells => cells.call.result !== 'bad' || cells.call.resultSize === 0n || project(cells).bound === 0,
  cells => ({ result: cells.call.result, resultSize: cells.call.resultSize, bound: project(cells).bound }),
)
export const owesPages: Premise<Batching> = premise(
  'owes-pages',
  {
    holds: 'the batch owes pages: one at least vanishes, is redirected or is restricted',
    fails: 'the batch owes no page: none vanishes, is redirected or is restricted',
  },
  cells => project(cells).owedPages > 0,
  cells => ({ owed: project(cells).owedPages }),
)
export const batchMemoryScarce: Premise<Batching> = premise(
  'allocation-may-fail',
  { holds: 'an allocation may fail unasked', fails: 'no allocation may fail unasked' },
  ({ params }) => params.allocations === 'may fail',
  ({ params }) => ({ allocations: params.allocations }),
)

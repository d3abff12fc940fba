import { type Premise, premise } from '../../rewrite/index.js'
import { changesNothing, override } from '../../terms/batch.js'
import { resultBound } from '../../terms/carry.js'
import { type Generation, spaceId } from '../../terms/numbers.js'
import { HARVEST } from '../../terms/operation.js'
import { classify, owed } from '../../terms/page-class.js'
import { countPages, isEmpty } from '../../terms/page-set.js'
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
  /** Bytes of result space that whatever is retired may need. */
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
  'no flag of the header is set but HARVEST',
  ({ call }) => (call.flags & ~HARVEST) === 0,
  ({ call }) => ({ flags: call.flags }),
)
export const batchSpaceExists: Premise<Batching> = premise(
  'space-exists',
  'the VM has the address space',
  ({ call, spaces }) => call.as < spaces.length,
  ({ call, spaces }) => ({ as: call.as, spaces: spaces.length }),
)
export const headerReservedZero: Premise<Batching> = premise(
  'header-reserved-zero',
  'the reserved bytes of the header are zero',
  ({ call }) => (call.reserved ?? 0n) === 0n,
  ({ call }) => ({ reserved: call.reserved }),
)
export const fewEnoughEntries: Premise<Batching> = premise(
  'few-enough-entries',
  'there are no more entries than the capability reports',
  ({ call, params }) => call.entries.length <= params.maxEntries,
  ({ call, params }) => ({ entries: call.entries.length, maxEntries: params.maxEntries }),
)
export const hasEntries: Premise<Batching> = premise(
  'has-entries',
  'there is an entry',
  ({ call }) => call.entries.length > 0,
  ({ call }) => ({ entries: call.entries.length }),
)
export const entriesWellFormed: Premise<Batching> = premise(
  'entries-well-formed',
  'every entry passes its checks (stage 2)',
  cells => firstEntryFault(cells) === null,
  cells => ({ first: firstEntryFault(cells) }),
)
export const finalSetLegal: Premise<Batching> = premise(
  'final-set-legal',
  'the set after the batch is a legal one (stage 3)',
  cells => firstSetFault(cells) === null,
  cells => ({ first: firstSetFault(cells) }),
)
export const changesSomething: Premise<Batching> = premise(
  'changes-something',
  'the set after the batch differs from the set before it',
  cells => !project(cells).nothing,
  cells => ({ entries: cells.call.entries.length }),
)
export const resultSpaceSuffices: Premise<Batching> = premise(
  'result-space-suffices',
  'no records are wanted, or the result space can hold whatever may be retired',
  cells => {
    const unwanted = cells.call.resultSize === 0n && (cells.call.flags & HARVEST) === 0
    return unwanted || cells.call.resultSize >= BigInt(project(cells).bound)
  },
  cells => ({ resultSize: cells.call.resultSize, bound: project(cells).bound }),
)
export const batchMemoryAllocated: Premise<Batching> = premise(
  'memory-allocated',
  'everything that is needed later can be allocated now',
  ({ call }) => call.allocation === undefined,
  ({ call }) => ({ allocation: call.allocation }),
)
export const resultSpaceWritable: Premise<Batching> = premise(
  'result-space-writable',
  'the result space, where any of it may be needed, can be written and is pinned',
  cells => cells.call.result !== 'bad' || cells.call.resultSize === 0n || project(cells).bound === 0,
  cells => ({ result: cells.call.result, resultSize: cells.call.resultSize, bound: project(cells).bound }),
)
export const owesPages: Premise<Batching> = premise(
  'owes-pages',
  'a page vanishes, is redirected or is restricted, and must be blocked before publication',
  cells => project(cells).owedPages > 0,
  cells => ({ owed: project(cells).owedPages }),
)
export const batchMemoryScarce: Premise<Batching> = premise(
  'allocation-may-fail',
  'an allocation may fail unasked',
  ({ params }) => params.allocations === 'may fail',
  ({ params }) => ({ allocations: params.allocations }),
)

export const nothingRetired = (retired: readonly { readonly set: readonly number[] }[]): boolean =>
  retired.every(record => isEmpty(record.set))

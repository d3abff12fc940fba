import type { SlotIndex } from '../../../impl/memslots/slot-index.js'
import type { Count } from '../benchmark.js'
import { findLoop } from '../fresh-loop.js'
import { crowded, type Layout, layoutOf, queriesOf, SIZES } from '../slots/layout.js'
import { indexOf } from './slots/slot-index.js'

const SLOTS = SIZES[4]
const MAX_BYTES_PER_SLOT = 400
const LOOKUPS = 1e8
/** What a run of the loop may leave on the heap: the loop's own feedback and code, not a byte for each look-up. */
const MAX_HEAP = 1e6

/** Bytes of both sets of an address space, for each slot: columns and directory of each, and the trees they share. */
const bytesASlot = (layout: Layout): number => {
  const { bytes, ownBytes } = indexOf(layout)
  return (bytes + ownBytes) / layout.slots
}

/** How much the heap has grown over so many look-ups; a collection in between would hide what they leave: then again. */
const heapGrowth = (index: SlotIndex, queries: Float64Array): number => {
  const loop = findLoop('memory')
  const rounds = LOOKUPS / queries.length
  loop(index.directory, queries, 0, queries.length)
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < rounds; i++) loop(index.directory, queries, 0, queries.length)
  return Math.max(0, process.memoryUsage().heapUsed - before)
}

const bytes = (name: string, layout: () => Layout, target: Count['target']): Count => ({
  name: `memory, ${name}, ${SLOTS}`,
  subject: 'bytes a slot, two sets',
  unit: 'bytes',
  target,
  count: () => bytesASlot(layout()),
})

/** What slots take, and that looking up takes nothing. */
export const memoryBenchmarks = (): readonly Count[] => [
  bytes('mixed', () => layoutOf('mixed', SLOTS), { of: 'size', atMost: MAX_BYTES_PER_SLOT }),
  bytes('dimm', () => layoutOf('dimm', SLOTS), null),
  bytes('skew', () => layoutOf('skew', SLOTS), null),
  bytes('crowded by fives', () => crowded(SLOTS), null),
  {
    name: `memory, ${LOOKUPS} look-ups`,
    subject: 'growth of the heap',
    unit: 'bytes',
    target: { of: 'size', atMost: MAX_HEAP },
    count: () => {
      const layout = layoutOf('mixed', SLOTS)
      return heapGrowth(indexOf(layout), queriesOf(layout, 0))
    },
  },
]

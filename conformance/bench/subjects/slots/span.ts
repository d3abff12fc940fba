import { NO_LOG } from '../../../../impl/memslots/slot-columns.js'
import { SlotIndex } from '../../../../impl/memslots/slot-index.js'
import type { Benchmark } from '../../benchmark.js'
import { lazily } from '../../lazily.js'
import { SIZES } from '../../slots/layout.js'

const MAX_NS = 50_000
const SLOTS = SIZES[4]
const FAR = 2 ** 40
/** The slot that spans: from the end of the packed ones to the far end. */
const SPAN = { id: SLOTS - 1, base: SLOTS, npages: FAR - SLOTS, hva: 0, flags: 0, log: NO_LOG, since: 0 }

/** As many slots as there can be but one, packed at frame 0 in single pages, so that the directory is as large as it gets. */
const packed = (): SlotIndex => {
  const index = SlotIndex.create()
  for (let id = 0; id < SLOTS; id++) {
    if (!index.reserve(id)) throw new Error(`no room for slot ${id}`)
    if (id < SPAN.id) index.add(id, { ...SPAN, id, base: id, npages: 1, hva: id })
  }
  index.add(SPAN.id, SPAN)
  return index
}

/** The dearest change there is: a slot that covers nearly every entry of the largest directory comes, or goes. */
export const spanBenchmark = (): Benchmark => {
  const index = lazily(packed)
  return {
    name: `update, a slot that spans the directory, ${SLOTS}`,
    subject: {
      name: 'tree, directory: come or go',
      pieces: 2,
      run: times => {
        for (let i = 0; i < times; i++) {
          index().drop(SPAN.id)
          index().add(SPAN.id, SPAN)
        }
        return index().size
      },
    },
    unit: 'ns',
    comparisons: [{ peer: null, target: { of: 'time', atMost: MAX_NS } }],
    check: () => {
      const at = [0, SLOTS - 2, SLOTS - 1, SLOTS, FAR - 1, FAR].map(gfn => index().find(gfn))
      const right = [0, SLOTS - 2, -1, SPAN.id, SPAN.id, -1]
      return at.join() === right.join() ? null : `finds ${at}, where ${right} are`
    },
  }
}

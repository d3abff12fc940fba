import { below, pick } from '../../../spec/generate/random.js'
import { addressOf, TWO_TO_64, type U64, u64 } from '../../../spec/terms/numbers.js'
import type { Region } from '../../../spec/terms/operation.js'
import { LOG, RO } from '../../../spec/terms/slot.js'
import { type Drawing, someSlot } from './drawing.js'
import { somePages } from './place.js'

const ODD = [1n, 0x800n, 0xfffn] as const

type Change = (d: Drawing, o: Region) => Region

/** The address of the last page of 64 bits. */
export const LAST_PAGE = TWO_TO_64 - 4096n

/** The address of a page, wrapped into 64 bits; below 0 there is nothing. */
const pageAddress = (page: number): U64 => u64(addressOf(Math.max(0, page)) % TWO_TO_64)

const REGION: readonly Change[] = [
  ({ r }, o) => ({ ...o, size: u64(o.size + pick(r, ODD)) }),
  ({ r }, o) => ({ ...o, gpa: u64((o.gpa | pick(r, ODD)) % TWO_TO_64) }),
  ({ r }, o) => ({ ...o, hva: u64((o.hva | pick(r, ODD)) % TWO_TO_64) }),
  ({ r }, o) => ({ ...o, flags: (o.flags | pick(r, [4, 8, 0x8000_0000])) >>> 0 }),
  ({ r }, o) => ({ ...o, flags: (o.flags ^ pick(r, [LOG, RO])) >>> 0 }),
  ({ r, world }, o) => ({ ...o, id: pick(r, [world.params.slotLimit, ...world.params.internalIds, 0xffff]) }),
  // Ends at 2^64, one page before it, one page beyond it.
  ({ r }, o) => ({
    ...o,
    gpa: u64(pick(r, [TWO_TO_64 - o.size, LAST_PAGE - o.size, LAST_PAGE]) % TWO_TO_64),
  }),
  ({ r, world }, o) => {
    const { hvaLimit } = world.params
    return {
      ...o,
      hva: u64(pick(r, [hvaLimit - o.size + 4096n, hvaLimit, LAST_PAGE, TWO_TO_64 - o.size]) % TWO_TO_64),
    }
  },
  (d, o) => ({ ...o, gpa: pageAddress(d.world.params.maxGfn + pick(d.r, [1, 0, -1, 2])) }),
  ({ r }, o) => ({ ...o, size: addressOf(2 ** 31 - below(r, 2)) }),
  (_, o) => ({ ...o, size: u64(0) }),
  // Into another slot, at its end, or next to it.
  (d, o) => {
    const slot = someSlot(d, 0)
    const at = slot === null ? 0 : slot.base + pick(d.r, [0, -1, slot.npages - 1, slot.npages])
    return { ...o, gpa: pageAddress(at) }
  },
  (d, o) => ({ ...o, size: addressOf(somePages(d)) }),
  (d, o) => ({ ...o, id: pick(d.r, d.world.ids) }),
]

/** The region with one field made wrong, or as wrong as an edge is. */
export const spoiltRegion = <O extends Region>(d: Drawing, o: O): O => pick(d.r, REGION)(d, o) as O // a change keeps every other field

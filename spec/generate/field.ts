import type { Cells } from '../terms/cells.js'
import { addressOf, TWO_TO_64, type U64, u64 } from '../terms/numbers.js'
import type { MemfdField } from '../terms/operation.js'
import { endOf, type Slot } from '../terms/slot.js'
import { below, chance, pick, type Random } from './random.js'

/** The slots a call on a space may be about. */
export const slotsOf = (cells: Cells, as: number): readonly Slot[] => cells.spaces[as]?.slots ?? []

export const someSpace = (r: Random, cells: Cells): number =>
  chance(r, 0.95) ? below(r, cells.spaces.length) : pick(r, [cells.spaces.length, 0xffff])

export const someId = (r: Random, cells: Cells, as: number): number => {
  const ids = slotsOf(cells, as).map(slot => slot.id as number)
  if (ids.length > 0 && chance(r, 0.6)) return pick(r, ids)
  const { slotLimit } = cells.params
  return chance(r, 0.9) ? below(r, slotLimit) : pick(r, [slotLimit, slotLimit + 1, 0xffff])
}

/** A frame at, before or after an edge of a slot. */
export const someFrame = (r: Random, cells: Cells, as: number): number => {
  const slots = slotsOf(cells, as)
  if (slots.length === 0) return below(r, 8)
  const slot = pick(r, slots)
  return Math.max(
    0,
    pick(r, [slot.base, slot.base + below(r, slot.npages), endOf(slot)]) + pick(r, [-1, 0, 0, 1]),
  )
}

/** Mostly legal values of an address or a size; sometimes one of each illegal kind. */
const oddly = (r: Random, legal: () => number, odd: readonly U64[]): U64 =>
  chance(r, 0.94) ? addressOf(legal()) : pick(r, odd)

const HALF_PAGE = u64(2048)
const LAST_PAGE = u64(TWO_TO_64 - 4096n)

export const someGpa = (r: Random, cells: Cells, as: number): U64 =>
  oddly(r, () => someFrame(r, cells, as), [HALF_PAGE, LAST_PAGE, addressOf(cells.params.maxGfn)])

export const someSize = (r: Random, cells: Cells, as: number): U64 => {
  const sizes = slotsOf(cells, as).map(slot => slot.npages)
  return oddly(r, () => pick(r, [0, 1, 2, 3, 5, ...sizes, ...sizes]), [HALF_PAGE, addressOf(2 ** 31)])
}

export const someHva = (r: Random, cells: Cells, as: number): U64 => {
  const { hvaLimit } = cells.params
  const pages = slotsOf(cells, as).flatMap(slot => [slot.hva, slot.hva, slot.hva + 1])
  return oddly(r, () => pick(r, [0, below(r, 24), ...pages]), [
    HALF_PAGE,
    u64(hvaLimit - 4096n),
    hvaLimit,
    LAST_PAGE,
  ])
}

/** A file of guest_memfd and an offset in it, at an edge of what is behind a slot or at an end of the file. */
export const someMemfd = (r: Random, { memfds, spaces }: Cells): MemfdField => {
  const behind = spaces.flatMap(({ slots }) =>
    slots.flatMap(({ gmem }) => (typeof gmem === 'boolean' ? [] : [gmem])),
  )
  // What is behind a slot already, to be bound a second time.
  if (behind.length > 0 && chance(r, 0.25)) {
    const { file, first } = pick(r, behind)
    return { file, offset: addressOf(first) }
  }
  const file = chance(r, 0.15) ? 'other' : chance(r, 0.9) && memfds.length > 0 ? pick(r, memfds).file : 9
  const bound = spaces.flatMap(({ slots }) =>
    slots.flatMap(({ gmem, npages }) => (typeof gmem === 'boolean' ? [] : [gmem.first, gmem.first + npages])),
  )
  const ends = memfds.map(({ npages }) => npages)
  const odd = [HALF_PAGE, LAST_PAGE, u64(1n << 63n), u64((1n << 63n) - 4096n)]
  return { file, offset: oddly(r, () => Math.max(0, pick(r, [0, ...ends, ...bound]) - below(r, 3)), odd) }
}

/** `KVM_MEM_…` as they may stand in a call. */
export const someFlags = (r: Random): number =>
  chance(r, 0.9) ? below(r, 4) : pick(r, [4, 4, 4, 5, 6, 8, 0x10000, 0x80000000])

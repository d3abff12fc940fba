import type { Operation } from '../../../../spec/terms/operation.js'
import { entryBytes } from '../../../../spec/terms/paging/entry.js'
import { enterSmm, HOST, set, vcpu } from '../../draft/calls.js'
import {
  A,
  addressIn,
  LEVELS,
  OPEN,
  PAGE_1,
  PAGE_2,
  placeOf,
  pointer,
  poke,
  putTables,
  type Tables,
  TOP,
} from '../../draft/fetch-layout.js'

/** A paging mode, and whether PAE's top entries are read at each walk. */
export interface Mode {
  readonly paging: Tables
  readonly amd: boolean
}

/** Beside the way of the address lies another one: its table of a level is frame 8 + level, its pages are these. */
const OTHER = 8
const OTHER_1 = 18
const OTHER_2 = 19
/** The host page of a frame after its slot is re-backed: so many host pages on. */
const ANEW = 0x100
/** The host pages of the frames of space 0 while the vCPU is in space 1: nothing but zeroes. */
const EMPTY = 0x200

/** Frames whose slots are looked up on the way, in order. */
export const framesOf = ({ paging, amd }: Mode): readonly number[] => [
  ...(amd ? [TOP] : []),
  ...LEVELS[paging],
  PAGE_1,
]

/** The slot of a frame: what the way goes through, or re-backed. */
export const backed = (frame: number): number => HOST + frame
export const anew = (frame: number): number => HOST + ANEW + frame

const hostOf = (space: number, as: number, frame: number): number =>
  as === space ? backed(frame) : HOST + EMPTY + frame

/** The slot of a frame as it is before each case. `space` is where the vCPU is. */
export const slotIn = (space: number, as: number, frame: number): Operation =>
  set({ as, id: frame, base: frame, npages: 1, hva: hostOf(space, as, frame) })

/** Writes the entries of both addresses into a table at a host page, so that they lead along the other way. */
const leadAway = (paging: Tables, level: number, host: number): readonly Operation[] => {
  const la = addressIn(paging)
  const size = paging === '32-bit' ? 4 : 8
  const put = (to: number, at: bigint) =>
    poke(host, placeOf(paging, level, at), entryBytes((BigInt(to) << 12n) | OPEN, size))
  return level === 1 ? [put(OTHER_1, la), put(OTHER_2, la + 4096n)] : [put(OTHER + level - 1, la)]
}

/** Bytes around the border of two pages. */
const code = (host: number, tag: string): readonly Operation[] => [
  poke(host, 0, tag.repeat(32)),
  poke(host, 4064, tag.repeat(32)),
]

const topEntry = (host: number, table: number): Operation =>
  poke(host, 24, entryBytes((BigInt(table) << 12n) | 1n, 8))

/** A vCPU in `space` with a slot for every frame; and every frame re-backed would lead to other bytes. */
export const setupOf = ({ paging, amd }: Mode, space: number): readonly Operation[] => {
  const levels = LEVELS[paging]
  const frames = [...framesOf({ paging, amd }), PAGE_2]
  const others = [
    ...levels.filter(level => level !== levels[0]).map(level => OTHER + level),
    OTHER_1,
    OTHER_2,
  ]
  return [
    vcpu,
    ...[...frames, ...(amd ? [OTHER + 2] : []), ...others].map(frame => slotIn(space, space, frame)),
    ...(space === 0 ? [] : frames.map(frame => slotIn(space, 0, frame))),
    ...levels.flatMap(level => [
      ...leadAway(paging, level, anew(level)),
      ...leadAway(paging, level, backed(OTHER + level)),
    ]),
    ...(amd ? [topEntry(backed(TOP), 2), topEntry(anew(TOP), OTHER + 2)] : []),
    ...[...code(backed(PAGE_1), '11'), ...code(backed(PAGE_2), '22')],
    ...[...code(anew(PAGE_1), '33'), ...code(anew(PAGE_2), '44')],
    ...[...code(backed(OTHER_1), '55'), ...code(backed(OTHER_2), '66')],
    ...(space === 0 ? [] : [enterSmm]),
  ]
}

/** The tables of the way afresh, all accessed before or none. */
export const tablesOf = ({ paging }: Mode, accessed: boolean): readonly Operation[] => {
  const bits = accessed ? OPEN : OPEN & ~A
  return putTables(
    paging,
    Object.fromEntries(LEVELS[paging].map(level => [level, pointer(level) | bits])),
    (BigInt(PAGE_2) << 12n) | bits,
  )
}

/** How many slots a fetch looks up: for each page its tables and itself, and each table again that was not accessed. */
export const lookUpsOf = ({ paging, amd }: Mode, accessed: boolean, pages: 1 | 2): number => {
  const levels = LEVELS[paging].length
  const again = accessed ? 0 : levels + (pages - 1) // of the second page only the last entry is another one
  return pages * (levels + (amd ? 1 : 0) + 1) + again
}

import type { Operation } from '../../../spec/terms/operation.js'
import { remove } from '../draft/calls.js'
import {
  A,
  addressIn,
  fetch,
  NX,
  OPEN,
  P,
  PAGE_1,
  PAGE_2,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
  U,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/** How a fetch of a page ends: by its entry, or by the slot behind it. */
const OUTCOMES: Readonly<
  Record<string, { readonly entry?: (e: bigint) => bigint; readonly slot?: 'RO' | 'missing' }>
> = {
  code: {},
  unaccessed: { entry: e => e & ~A },
  absent: { entry: e => e & ~P },
  reserved: { entry: e => e | (1n << 46n) },
  nx: { entry: e => e | NX },
  supervisor: { entry: e => e & ~U },
  'read-only': { slot: 'RO' },
  hole: { slot: 'missing' },
}
const LONGEST = 15

/** Every offset in the first page from which some of the bytes lie on either. */
const offsets = (length: number): readonly number[] => Array.from({ length: length - 1 }, (_, i) => 4095 - i)

const slots = (frame: number, slot: 'RO' | 'missing' | undefined): readonly Operation[] =>
  slot === undefined ? [] : slot === 'RO' ? [remove(frame), slotOf(frame, 'RO')] : [remove(frame)]
const restored = (frame: number, slot: unknown): readonly Operation[] =>
  slot === undefined ? [] : [remove(frame), slotOf(frame)]

const entry = (page: number, change?: (e: bigint) => bigint): bigint => {
  const open = (BigInt(page) << 12n) | OPEN
  return change?.(open) ?? open
}

const pairs = function* (paging: Tables): Generator<() => Short> {
  const la = addressIn(paging)
  const names = Object.keys(OUTCOMES).filter(
    name => paging !== '32-bit' || (name !== 'nx' && name !== 'reserved'),
  )
  for (const first of names)
    for (const second of names)
      for (let length = 2; length <= LONGEST; length++)
        for (const offset of offsets(length)) {
          const [one, two] = [OUTCOMES[first] ?? {}, OUTCOMES[second] ?? {}]
          yield () => ({
            id: `${first}+${second}/length-${length}/offset-${offset}`,
            ops: [
              ...slots(PAGE_1, one.slot),
              ...slots(PAGE_2, two.slot),
              ...putTables(paging, { 1: entry(PAGE_1, one.entry) }, entry(PAGE_2, two.entry)),
              registers(paging, { cpl: 3 }),
              fetch(la + BigInt(offset), length),
              readBack(paging, 1),
              readBack(paging, 1, la + 4096n),
              ...restored(PAGE_1, one.slot),
              ...restored(PAGE_2, two.slot),
            ],
          })
        }
}

/** Instructions across two pages: every outcome on the first and on the second, every length and offset. */
export const straddles: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/straddle/${paging}`,
    says: `an instruction of 2 to 15 bytes across two pages, whatever comes of either, in ${paging} paging`,
    cites: ['x86-fetch.md 1.4'],
    config: {},
    setup: SETUP,
    whole: paging === '4-level', // what real kernels are asked
    cases: () => pairs(paging),
  }),
)

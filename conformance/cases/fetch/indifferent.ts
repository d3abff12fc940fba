import {
  addressIn,
  D,
  fetch,
  LEVELS,
  OPEN,
  pointer,
  putTables,
  readBack,
  registers,
  SETUP,
  TABLES,
  type Tables,
  U,
  W,
  type Wanted,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/**
 * Bits of an entry that no fetch depends on: write-through, cache-disable, dirty, global and PAT, and those for
 * software.
 */
const SOFT = [1n << 3n, 1n << 4n, D, 1n << 7n, 1n << 9n, 1n << 11n]
/** In long mode bits 62:52 besides, protection keys among them. */
const HIGH = [1n << 52n, 1n << 58n, 1n << 59n, 1n << 62n]

const bitsOf = (paging: Tables): readonly bigint[] =>
  paging === '4-level' || paging === '5-level' ? [...SOFT, ...HIGH] : SOFT

/** Registers that no fetch depends on, at every privilege. */
const REGISTERS: readonly Wanted[] = [
  { cpl: 0, wp: false },
  { cpl: 1, smap: true },
  { cpl: 2, smap: true, ac: true },
  { cpl: 3 },
  { cpl: 3, smap: true },
]

/** Changes that make the fetch end otherwise, so that the bits are tried with either outcome. */
const BASES: Readonly<Record<string, bigint>> = { open: OPEN, 'read-only': OPEN & ~W, supervisor: OPEN & ~U }

const some = (bits: readonly bigint[], set: number): bigint =>
  bits.reduce((entry, bit, i) => ((set >> i) & 1 ? entry ^ bit : entry), 0n)

const PAGE_SIZE = 1n << 7n

/** A fetch with these bits of the entry of one level flipped. */
const flipped = (
  paging: Tables,
  [name, base]: readonly [string, bigint],
  r: number,
  level: number,
  bits: bigint,
): Short => ({
  id: `${name}/registers-${r}/${level === 1 ? '' : `level-${level}/`}bits-${bits.toString(16)}`,
  ops: [
    ...putTables(paging, {
      ...Object.fromEntries(LEVELS[paging].map(each => [each, pointer(each) | base])),
      [level]: pointer(level) | (base ^ bits),
    }),
    registers(paging, REGISTERS[r]),
    fetch(addressIn(paging) + 0x40n, 2),
    readBack(paging, level),
  ],
})

const all = function* (paging: Tables): Generator<() => Short> {
  const bits = bitsOf(paging)
  for (const base of Object.entries(BASES))
    for (const r of REGISTERS.keys())
      for (let set = 0; set < 2 ** bits.length; set++)
        yield () => flipped(paging, base, r, 1, some(bits, set))
  // Above the last entry bit 7 makes a page, and is none of them; the others one by one, and all at once.
  const above = bits.filter(bit => bit !== PAGE_SIZE)
  for (const level of LEVELS[paging].filter(each => each > 1))
    for (const base of Object.entries(BASES))
      for (const r of REGISTERS.keys())
        for (const set of [...above, above.reduce((one, other) => one | other)])
          yield () => flipped(paging, base, r, level, set)
}

/** Bits on which no outcome may depend. */
export const indifferent: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/indifferent/${paging}`,
    says: `bits of entries and of registers that no fetch asks for, those of the last one in every combination, in ${paging} paging`,
    cites: ['x86-fetch.md 3.3'],
    config: {},
    setup: SETUP,
    cases: () => all(paging),
  }),
)

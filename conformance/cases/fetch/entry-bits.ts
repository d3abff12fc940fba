import {
  A,
  addressIn,
  fetch,
  LEVELS,
  NX,
  OPEN,
  P,
  PS,
  pointer,
  putTables,
  readBack,
  registers,
  SETUP,
  TABLES,
  type Tables,
  U,
  W,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/** Every subset of some bits, named by its number. */
const subsets = (bits: readonly bigint[]): readonly bigint[] =>
  bits.reduce<readonly bigint[]>((sets, bit) => sets.flatMap(set => [set, set | bit]), [0n])

const HIGH = 1n << 46n
const BIT_8 = 1n << 8n
const BIT_13 = 1n << 13n
const BIT_21 = 1n << 21n

/** Bits of an entry that may matter to a fetch, by mode. */
const MATTER: Readonly<Record<Tables, readonly bigint[]>> = {
  '32-bit': [P, W, U, A, PS, BIT_13, 1n << 17n, BIT_21],
  pae: [P, W, U, A, PS, NX, HIGH, BIT_13, 1n << 52n],
  '4-level': [P, W, U, A, PS, NX, HIGH, BIT_13, BIT_8],
  '5-level': [P, W, U, A, PS, NX, HIGH, BIT_13, BIT_8],
}

const both = [false, true] as const
const cross = function* <X, Y>(xs: readonly X[], ys: readonly Y[]): Generator<readonly [X, Y]> {
  for (const x of xs) for (const y of ys) yield [x, y]
}

const onLevel = function* (paging: Tables, level: number): Generator<() => Short> {
  const la = addressIn(paging)
  const others = [OPEN, OPEN & ~U]
  for (const set of subsets(MATTER[paging]))
    for (const [cpl, other] of cross([0, 3], others))
      for (const [nxe, smep] of cross(both, both)) {
        yield () => ({
          id: `${set.toString(16)}/cpl${cpl}${other === OPEN ? '' : '/others-supervisor'}${nxe ? '/nxe' : ''}${smep ? '/smep' : ''}`,
          ops: [
            ...putTables(
              paging,
              Object.fromEntries(LEVELS[paging].map(l => [l, pointer(l) | (l === level ? set : other)])),
            ),
            registers(paging, { cpl, nxe, smep }),
            fetch(la + 0x20n, 2),
            readBack(paging, level),
          ],
        })
      }
}

/** Every combination of the bits that matter, in the entry of each level of each paging mode. */
export const entryBits: readonly Exhaustive[] = TABLES.flatMap(paging =>
  LEVELS[paging].map(level =>
    listed({
      name: `fetch/entry-bits/${paging}/level-${level}`,
      says: `every combination of the bits that matter in an entry of level ${level} × CPL × NXE × SMEP, in ${paging} paging`,
      cites: ['x86-fetch.md 2.1, 3.2-3.5'],
      config: {},
      setup: SETUP,
      cases: () => onLevel(paging, level),
    }),
  ),
)

import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../spec/terms/operation.js'
import {
  A,
  addressIn,
  D,
  NX,
  OPEN,
  P,
  PS,
  pointer,
  putEntry,
  putTables,
  readBack,
  registers,
  SETUP,
  type Tables,
  U,
  W,
  type Wanted,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

const PKE = 1n << 22n
const AD = 1n
const WD = 2n
const keyBits = (key: number): bigint => BigInt(key) << 59n
/** PKRU with these bits for one key, and all bits set for every other: a key that is taken for another shows. */
const pkruOf = (key: number, bits: bigint): bigint =>
  (0xffff_ffffn & ~(3n << BigInt(2 * key))) | (bits << BigInt(2 * key))

/** Registers with protection keys in use. */
const keyed = (paging: Tables, wanted: Wanted, pkru: bigint): RegistersCall => {
  const image = registers(paging, wanted)
  return { ...image, cr4: u64(image.cr4 | PKE), pkru: u64(pkru) }
}

const ACCESSES = ['read', 'write', 'fetch'] as const
type Access = (typeof ACCESSES)[number]
const translate = (paging: Tables, access: Access, by?: 'hardware'): Operation => ({
  op: 'translate',
  vcpu: 0,
  gva: u64(addressIn(paging) + 0x30n),
  access,
  ...(by === undefined ? {} : { by }),
})

const PRIVILEGES: readonly Wanted[] = [{ cpl: 0 }, { cpl: 0, wp: false }, { cpl: 0, smap: true }, { cpl: 3 }]
/** Where the key stands: in the entry of a page of 4 KiB, of 2 MiB, or of the table above, where it is none. */
const PLACES = ['page', 'large-page', 'table'] as const

const entriesOf = (place: (typeof PLACES)[number], flags: bigint, key: number): Record<number, bigint> => {
  switch (place) {
    case 'page':
      return { 1: pointer(1) | flags | keyBits(key) }
    case 'large-page':
      return { 2: (1n << 21n) | flags | PS | keyBits(key) }
    case 'table':
      return { 1: pointer(1) | flags, 2: pointer(2) | OPEN | keyBits(key) }
  }
}

/** The first, the last, and two whose bits are not each other’s. */
const SOME_KEYS = [0, 1, 10, 15]

const someKeys = function* (paging: Tables): Generator<() => Short> {
  for (const access of ACCESSES)
    for (const by of [undefined, 'hardware'] as const)
      for (const place of PLACES)
        for (const [r, wanted] of PRIVILEGES.entries())
          for (const [name, flags] of [
            ['open', OPEN],
            ['read-only', OPEN & ~W],
            ['supervisor', OPEN & ~U],
            ['fresh', P | W | U],
          ] as const)
            for (const key of SOME_KEYS)
              for (const bits of [0n, AD, WD, AD | WD])
                yield () => ({
                  id: `${access}-by-${by ?? 'emulator'}/${place}/registers-${r}/${name}/key-${key}/${bits}`,
                  ops: [
                    ...putTables(paging, entriesOf(place, flags, key)),
                    keyed(paging, wanted, pkruOf(place === 'table' ? 0 : key, bits)),
                    translate(paging, access, by),
                    readBack(paging, place === 'large-page' ? 2 : 1),
                  ],
                })
}

const RESERVED = 1n << 51n
const bit = (set: number, n: number, mask: bigint): bigint => ((set >> n) & 1 ? mask : 0n)

/** An entry absent with all else set, one with a reserved bit, and every combination of its rights. */
const LEAVES: readonly bigint[] = [
  pointer(1) | (OPEN & ~P) | NX,
  pointer(1) | OPEN | RESERVED,
  ...Array.from(
    { length: 16 },
    (_, i) => pointer(1) | P | bit(i, 0, W) | bit(i, 1, U) | bit(i, 2, A | D) | bit(i, 3, NX),
  ),
]
const DIRECTORIES: readonly bigint[] = [
  pointer(2) | (OPEN & ~P) | NX,
  pointer(2) | OPEN | RESERVED,
  ...Array.from({ length: 16 }, (_, i) => {
    const rights = P | A | bit(i, 0, W) | bit(i, 1, U) | bit(i, 2, NX)
    return bit(i, 3, 1n) === 0n ? pointer(2) | rights : (1n << 21n) | PS | rights
  }),
]
/** Keys not in use, or in use with what PKRU has for the page's key. */
const KEYS = [null, 0n, AD, WD] as const
const KEY = 5

const control = (set: number, pkru: bigint | null): RegistersCall => {
  const wanted = {
    nxe: (set & 1) !== 0,
    wp: (set & 2) !== 0,
    smep: (set & 4) !== 0,
    cpl: (set & 8) === 0 ? 0 : 3,
  }
  return pkru === null ? registers('4-level', wanted) : keyed('4-level', wanted, pkruOf(KEY, pkru))
}

const matrix = function* (): Generator<() => Short> {
  for (const access of ACCESSES)
    for (let set = 0; set < 16; set++)
      for (const pkru of KEYS)
        for (const [d, directory] of DIRECTORIES.entries())
          for (const [l, leaf] of LEAVES.entries())
            yield () => ({
              id: `${access}/control-${set}/${pkru === null ? 'no-keys' : `pkru-${pkru}`}/directory-${d}/entry-${l}`,
              ops: [
                putEntry('4-level', 2, directory | keyBits(KEY)),
                putEntry('4-level', 1, leaf | keyBits(KEY)),
                control(set, pkru),
                translate('4-level', access),
                readBack('4-level', 2),
                readBack('4-level', 1),
              ],
            })
}

const LONG = ['4-level', '5-level'] as const

/** Protection keys by themselves, and with every other right that a page may have or lack. */
export const keys: readonly Exhaustive[] = [
  ...LONG.map(paging =>
    listed({
      name: `fetch/keys/${paging}`,
      says: `protection keys with AD and WD, by access, privilege, rights and who makes it, in ${paging} paging`,
      cites: ['Intel SDM vol. 3, 4.6.2', 'Intel SDM vol. 3, 4.7'],
      config: {},
      setup: SETUP,
      cases: () => someKeys(paging),
    }),
  ),
  listed({
    name: 'fetch/matrix',
    says: 'reads, writes and fetches by the rights of a directory’s entry and a page’s, EFER.NXE, CR0.WP, SMEP, CPL and protection keys',
    cites: ['Intel SDM vol. 3, 4.6', 'Intel SDM vol. 3, 4.7'],
    config: {},
    setup: [...SETUP, ...putTables('4-level')],
    cases: () => matrix(),
  }),
]

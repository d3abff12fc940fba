import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import {
  A,
  addressIn,
  D,
  LEVELS,
  NX,
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
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

const uses = (la: bigint): Readonly<Record<string, Operation>> => ({
  'translate-read': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'read' },
  'translate-write': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'write' },
  'translate-fetch': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'fetch' },
  read: { op: 'read-virtual', vcpu: 0, gva: u64(la + 0x30n), size: 4 },
  write: { op: 'write-virtual', vcpu: 0, gva: u64(la + 0x30n), data: 'c0ffee11' },
  'read-across': { op: 'read-virtual', vcpu: 0, gva: u64(la + 0xffdn), size: 8 },
  'write-across': { op: 'write-virtual', vcpu: 0, gva: u64(la + 0xffen), data: 'a1a2a3a4' },
})

const PRIVILEGES = [
  { cpl: 0 },
  { cpl: 0, wp: false },
  { cpl: 2, smap: true },
  { cpl: 0, smap: true, ac: true },
  { cpl: 0, smep: true },
  { cpl: 3 },
  { cpl: 3, wp: false, smap: true, smep: true },
] as const

const all = function* (paging: Tables): Generator<() => Short> {
  const la = addressIn(paging)
  const top = LEVELS[paging][0] ?? 1
  for (const [name, use] of Object.entries(uses(la)))
    for (const [r, wanted] of PRIVILEGES.entries())
      for (const upper of [OPEN, OPEN & ~W, OPEN & ~U])
        for (let bits = 0; bits < (paging === '32-bit' ? 16 : 32); bits++) {
          const bit = (n: number, mask: bigint) => ((bits >> n) & 1 ? mask : 0n)
          const entry = 1n | bit(0, W) | bit(1, U) | bit(2, A) | bit(3, D)
          const nx = bit(4, NX)
          yield () => ({
            id: `${name}/registers-${r}/upper-${upper.toString(16)}/entry-${(entry | nx).toString(16)}`,
            ops: [
              ...putTables(paging, { [top]: pointer(top) | upper, 1: pointer(1) | entry | nx }),
              registers(paging, wanted),
              use,
              readBack(paging, 1),
              readBack(paging, 1, la + 4096n),
            ],
          })
        }
}

/** Reads, writes and translations beside fetches: the same walk with other rights, and the dirty bit. */
export const data: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/data/${paging}`,
    says: `reads, writes and translations by rights, privilege and CR0.WP, SMAP, SMEP, in ${paging} paging`,
    cites: ['x86-fetch.md 3', 'SEMANTICS 5'],
    config: {},
    setup: SETUP,
    cases: () => all(paging),
  }),
)

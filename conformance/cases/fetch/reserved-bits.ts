import { u64 } from '../../../spec/terms/numbers.js'
import {
  addressIn,
  LEVELS,
  OPEN,
  P,
  PS,
  putTables,
  registers,
  SETUP,
  TABLES,
  type Tables,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/** Every bit of an entry by itself, in an entry that is a large page, a table or a page, by MAXPHYADDR and vendor. */
const all = function* (paging: Tables): Generator<() => Short> {
  const la = addressIn(paging)
  for (const level of LEVELS[paging])
    for (const large of [0n, PS])
      for (const maxPhyAddr of [32, 36, 40, 46, 51, 52])
        for (const cpu of [
          { amd: false, gigabytePages: true },
          { amd: true, gigabytePages: false },
        ])
          for (const pse of paging === '32-bit' ? [true, false] : [true])
            for (let bit = 8; bit < (paging === '32-bit' ? 32 : 64); bit++) {
              const entry = (OPEN & ~PS) | large | (1n << BigInt(bit))
              yield () => ({
                id: `level-${level}${large === PS ? '/large' : ''}/maxphyaddr-${maxPhyAddr}${cpu.amd ? '/amd' : ''}${pse ? '' : '/no-pse'}/bit-${bit}`,
                ops: [
                  ...putTables(paging, { [level]: entry | P }),
                  registers(paging, { maxPhyAddr, pse, nxe: bit % 2 === 0, ...cpu }),
                  { op: 'translate', vcpu: 0, gva: u64(la + 0x123n), access: 'fetch' },
                ],
              })
            }
}

/** Reserved bits one at a time, as functions of the processor, and the address that a large page gives. */
export const reservedBits: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/reserved/${paging}`,
    says: `every bit of every entry by itself × MAXPHYADDR × vendor × page size, in ${paging} paging`,
    cites: ['x86-fetch.md 2.1'],
    config: {},
    setup: SETUP,
    cases: () => all(paging),
  }),
)

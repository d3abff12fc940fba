import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../../spec/terms/operation.js'
import { type Draft, vcpu } from '../../draft/calls.js'
import { fetch, putTables, registers, SETUP } from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** Register images that no processor can have, by what is wrong. */
const IMPOSSIBLE: Readonly<Record<string, (r: RegistersCall) => RegistersCall>> = {
  'pg-without-pe': r => ({ ...r, cr0: u64(0x8000_0000) }),
  'lma-without-lme': r => ({ ...r, efer: u64(0x400) }),
  'lme-without-lma': r => ({ ...r, efer: u64(0x100) }),
  'lma-without-paging': r => ({ ...r, cr0: u64(1) }),
  'lma-without-pae': r => ({ ...r, cr4: u64(0) }),
  'vm-in-long-mode': r => ({ ...r, rflags: u64(0x20002) }),
  'vm-at-cpl-0': () => ({ ...registers('none'), rflags: u64(0x20002) }),
  'vm-without-pe': () => ({ ...registers('none', { cpl: 3 }), cr0: u64(0), rflags: u64(0x20002) }),
  'cr3-beyond-maxphyaddr': r => ({ ...r, cr3: u64(1n << 46n) }),
  'nw-without-cd': r => ({ ...r, cr0: u64(0xa001_0001) }),
  'efer-of-64-bits': r => ({ ...r, efer: u64((1n << 32n) | 0xd00n) }),
  'cr4-of-64-bits': r => ({ ...r, cr4: u64((1n << 32n) | 0x20n) }),
  'cr0-of-64-bits': r => ({ ...r, cr0: u64(0x1_8000_0001n) }),
}

/** Registers that are refused, and what is done without any. */
export const registerCases = function* (): Generator<Draft> {
  const long = registers('4-level')
  yield draft('registers/no-vcpu', 'registers of a vCPU that does not exist', [long])
  yield draft('registers/not-loaded', 'a fetch, and data, before any registers', [
    vcpu,
    fetch(0n, 1),
    { op: 'read-virtual', vcpu: 0, gva: u64(0), size: 1 },
    { ...(fetch(0n, 1) as object), vcpu: 3 } as Operation,
  ])
  for (const [name, spoil] of Object.entries(IMPOSSIBLE))
    yield draft(`registers/${name}`, 'a combination that no processor can be in leaves the registers alone', [
      ...SETUP,
      ...putTables('4-level'),
      long,
      spoil(long),
      fetch(at('4-level'), 2),
    ])
}

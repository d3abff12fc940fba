import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { type Draft, remove } from '../../draft/calls.js'
import {
  fetch,
  NX,
  OPEN,
  PAGE_1,
  PAGE_2,
  putTables,
  registers,
  SETUP,
  slotOf,
  U,
} from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** Data by linear address. */
export const dataCases = function* (): Generator<Draft> {
  const la = at('4-level', 0xffen)
  const across = (hole: number | null, ro: number | null): readonly Operation[] => [
    ...SETUP,
    ...putTables('4-level'),
    ...(hole === null ? [] : [remove(hole)]),
    ...(ro === null ? [] : [remove(ro), slotOf(ro, 'RO')]),
    registers('4-level'),
    { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 4 },
    { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1a2a3a4' },
    ...[PAGE_1, PAGE_2].map(
      (gfn): Operation => ({ op: 'read', vcpu: 0, gfn, offset: gfn === PAGE_1 ? 4094 : 0, size: 2 }),
    ),
  ]
  for (const hole of [null, PAGE_1, PAGE_2])
    for (const ro of [null, PAGE_1, PAGE_2])
      yield draft(
        `data/across/hole-${hole}/ro-${ro}`,
        'data across two pages: what is memory is touched, what is not goes out as MMIO',
        across(hole, ro),
      )
  for (const [name, second] of Object.entries({
    absent: 0n,
    nx: (17n << 12n) | OPEN | NX,
    supervisor: (17n << 12n) | (OPEN & ~U),
  }))
    yield draft(`data/second/${name}`, 'a fault of the second page leaves the first as it was', [
      ...SETUP,
      ...putTables('4-level', {}, second),
      registers('4-level', { cpl: 3 }),
      { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1a2a3a4' },
      { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 4094, size: 2 },
    ])
  for (const ac of [false, true])
    yield draft(
      `data/smap/${ac ? 'ac' : 'no-ac'}`,
      'with SMAP a supervisor touches no user page, unless AC is set',
      [
        ...SETUP,
        ...putTables('4-level'),
        registers('4-level', { smap: true, ac }),
        { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 1 },
        { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1' },
        fetch(la, 1),
      ],
    )
  yield draft('data/non-canonical', 'a non-canonical address of data is #GP; elsewhere 32 bits count', [
    ...SETUP,
    ...putTables('4-level'),
    registers('4-level'),
    { op: 'read-virtual', vcpu: 0, gva: u64(1n << 47n), size: 1 },
    { op: 'translate', vcpu: 0, gva: u64(1n << 63n), access: 'write' },
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 47n) - 2n), size: 4 },
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 64n) - 2n), size: 4 },
    registers('none'),
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 63n) | 0x10010n), size: 2 },
  ])
}

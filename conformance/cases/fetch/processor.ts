import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { HOST, hostProtect, remove } from '../draft/calls.js'
import {
  A,
  addressIn,
  D,
  LEVELS,
  OPEN,
  PAGE_1,
  PAGE_2,
  pointer,
  poke,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

const by = 'hardware'
const uses = (la: bigint): Readonly<Record<string, Operation>> => ({
  'translate-read': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'read', by },
  'translate-write': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'write', by },
  'translate-fetch': { op: 'translate', vcpu: 0, gva: u64(la + 0x30n), access: 'fetch', by },
  'read-across': { op: 'read-virtual', vcpu: 0, gva: u64(la + 0xffdn), size: 8, by },
  'write-across': { op: 'write-virtual', vcpu: 0, gva: u64(la + 0xffen), data: 'a1a2a3a4', by },
})

/** What stands behind a table or a page, and how it is made as it was. */
const BACKED: Readonly<
  Record<string, readonly [change: (f: number) => readonly Operation[], undo: boolean]>
> = {
  writable: [() => [], false],
  'read-only': [f => [remove(f), slotOf(f, 'RO')], true],
  missing: [f => [remove(f)], true],
  unreadable: [f => [hostProtect(HOST + f, 'none')], false],
  unwritable: [f => [hostProtect(HOST + f, 'read')], false],
  'read-only-unreadable': [f => [remove(f), slotOf(f, 'RO'), hostProtect(HOST + f, 'none')], true],
}
type Backed = readonly [frame: number, backing: string]

const changes = (backed: readonly Backed[]): readonly Operation[] =>
  backed.flatMap(([frame, backing]) => BACKED[backing]?.[0](frame) ?? [])
const restores = (backed: readonly Backed[]): readonly Operation[] =>
  backed.flatMap(([frame, backing]) => [
    hostProtect(HOST + frame, 'all'),
    ...(BACKED[backing]?.[1] === true ? [remove(frame), slotOf(frame)] : []),
  ])

/** What stands in the tables and in the bytes afterwards. */
const after = (paging: Tables): readonly Operation[] => [
  ...LEVELS[paging].map(level => readBack(paging, level)),
  { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 0xffe, size: 2 },
  { op: 'read', vcpu: 0, gfn: PAGE_2, offset: 0, size: 2 },
]

/** Whether a second stage may refuse a table at the look-up already, or only when a bit is set: more than one machine follows. */
const isOpen = (backed: readonly Backed[]): boolean => backed.length === 1 && backed[0]?.[1] === 'unwritable'

/** One table at a time, and both pages together. */
const backings = (paging: Tables): readonly (readonly Backed[])[] => {
  const names = Object.keys(BACKED)
  return [
    ...LEVELS[paging].flatMap(level => names.map((name): readonly Backed[] => [[level, name]])),
    ...names.flatMap(one =>
      names.map((other): readonly Backed[] => [
        [PAGE_1, one],
        [PAGE_2, other],
      ]),
    ),
  ]
}

/** The bytes that the accesses read or write, as they are before. */
const BYTES: readonly Operation[] = [
  poke(HOST + PAGE_1, 0xffc, '01020304'),
  poke(HOST + PAGE_2, 0, '0506070809'),
]

const all = function* (paging: Tables): Generator<() => Short> {
  const la = addressIn(paging)
  for (const [name, use] of Object.entries(uses(la)))
    for (const backed of backings(paging))
      for (const flags of [OPEN, OPEN & ~A & ~D])
        yield () => ({
          id: `${name}/${backed.map(one => one.join('-')).join('+')}/entries-${flags.toString(16)}`,
          ops: [
            ...BYTES,
            ...putTables(paging, Object.fromEntries(LEVELS[paging].map(l => [l, pointer(l) | flags]))),
            registers(paging, { cpl: 3 }),
            ...changes(backed),
            use,
            ...restores(backed),
            ...(isOpen(backed) ? [] : after(paging)),
          ],
        })
}

/** Data that the processor itself reads, writes or translates: what it leaves to the emulator, and what ends KVM_RUN. */
export const processor: readonly Exhaustive[] = (['tdp', 'shadow'] as const).flatMap(secondStage =>
  TABLES.map(paging =>
    listed({
      name: `fetch/processor-${secondStage}/${paging}`,
      says: `data and translations by the processor, with a table, or both pages, missing, read-only or denied by the host, in ${paging} paging`,
      cites: ['x86-fetch.md 4.2', 'x86-fetch.md 4.3', 'real-kvm.md 3', 'real-kvm.md 5'],
      config: { secondStage },
      setup: SETUP,
      cases: () => all(paging),
    }),
  ),
)

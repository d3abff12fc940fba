import type { HostRights } from '../../../spec/terms/host.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { type Draft, get, HOST, hostProtect, INTERNAL_ID, remove } from '../draft/calls.js'
import {
  A,
  addressIn,
  fetch,
  internalSlotOf,
  LEVELS,
  OPEN,
  P,
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

const DENIED = ['none', 'read'] as const
const draft = (id: string, says: string, ops: readonly Operation[], config: Draft['config'] = {}): Draft => ({
  id: `fetch-host/${id}`,
  says,
  config,
  ops,
})

/** Tables whose entries lack the accessed bit, and log every page that is written. */
const unaccessed = (paging: Tables): readonly Operation[] => [
  ...putTables(
    paging,
    Object.fromEntries(LEVELS[paging].map(level => [level, pointer(level) | (OPEN & ~A)])),
  ),
  ...LEVELS[paging].flatMap(level => [remove(level), slotOf(level, 'LOG')]),
]

/**
 * Each table and the page by themselves, fetched by the emulator and by the hardware, and whether accessed bits are
 * still to be set.
 */
const fetches = function* (): Generator<Draft> {
  for (const by of ['emulator', 'hardware'] as const)
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const frame of [4, 3, 2, 1, PAGE_1, PAGE_2])
        for (const rights of DENIED)
          for (const fresh of [true, false])
            for (const slot of ['RW', 'RO'] as const)
              yield draft(
                `${by}/${secondStage}/${fresh ? 'unaccessed' : 'accessed'}/${slot}-${frame}/${rights}`,
                'a fetch across two pages with a host page that cannot be read or written, by who fetches',
                [
                  ...SETUP,
                  ...(fresh ? unaccessed('4-level') : putTables('4-level')),
                  ...(slot === 'RO' ? [remove(frame), slotOf(frame, 'RO')] : []),
                  registers('4-level'),
                  hostProtect(HOST + frame, rights),
                  fetch(addressIn('4-level') + 0xffcn, 6, { by }),
                  hostProtect(HOST + frame, 'all'),
                  ...(by === 'emulator' || secondStage === 'shadow'
                    ? [fetch(addressIn('4-level') + 0xffcn, 6, { by })]
                    : []),
                ],
                { secondStage },
              )
}

/** The instruction fails where the host denies its page, as it does in a hole. */
const failures = function* (): Generator<Draft> {
  for (const exitOnEmulationFailure of [true, false])
    for (const cpl of [0, 1, 3])
      for (const frame of [PAGE_1, PAGE_2])
        yield draft(
          `failure/${exitOnEmulationFailure ? 'exit' : 'no-exit'}/cpl${cpl}/${frame}`,
          'an emulator that cannot read the page fails as in a hole',
          [
            ...SETUP,
            ...putTables('4-level'),
            registers('4-level', { cpl }),
            hostProtect(HOST + frame, 'none'),
            fetch(addressIn('4-level') + 0xffcn, 6),
          ],
          { exitOnEmulationFailure },
        )
}

/** Internal slots behind a table, walked by the emulator and by the hardware: only KVM's own walker does not see them. */
const internalTables = function* (): Generator<Draft> {
  for (const by of ['emulator', 'hardware'] as const)
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const frame of [4, 3, 2, 1, PAGE_1])
        for (const rights of ['none', 'all'] as const)
          yield draft(
            `internal/${by}/${secondStage}/${frame}/${rights}`,
            'an internal slot behind a table or the page, by who walks',
            [
              ...SETUP,
              ...putTables('4-level'),
              remove(frame),
              internalSlotOf(frame),
              registers('4-level'),
              hostProtect(HOST + frame, rights),
              fetch(addressIn('4-level') + 0x20n, 3, { by }),
            ],
            { secondStage, internalIds: [INTERNAL_ID] },
          )
}

/** Data, translations and PAE's top entries. */
const others = function* (): Generator<Draft> {
  const la = addressIn('4-level') + 0xffen
  const back = (gfn: number): Operation => ({
    op: 'read',
    vcpu: 0,
    gfn,
    offset: gfn === PAGE_1 ? 4094 : 0,
    size: 2,
  })
  for (const frame of [4, 1, PAGE_1, PAGE_2])
    for (const rights of DENIED)
      for (const fresh of [true, false])
        yield draft(
          `data/${fresh ? 'unaccessed' : 'accessed'}/${frame}/${rights}`,
          'data across two pages with a host page that cannot be read or written',
          [
            ...SETUP,
            ...(fresh ? unaccessed('4-level') : putTables('4-level')),
            ...[PAGE_1, PAGE_2].flatMap(page => [remove(page), slotOf(page, 'LOG')]),
            registers('4-level'),
            hostProtect(HOST + frame, rights),
            { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1a2a3a4' },
            { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 4 },
            { op: 'translate', vcpu: 0, gva: u64(la), access: 'write' },
            hostProtect(HOST + frame, 'all'),
            back(PAGE_1),
            back(PAGE_2),
            get(PAGE_1),
            get(PAGE_2),
            readBack('4-level', 1),
          ],
        )
  const { pdptes: _, ...fromMemory } = registers('pae')
  const both: readonly HostRights[] = DENIED
  for (const rights of both)
    yield draft(
      `pdptes/${rights}`,
      'PAE’s top entries that the host cannot read are #GP where they are loaded',
      [
        ...SETUP,
        ...putTables('pae'),
        poke(HOST + 6, 24, '0120000000000000'),
        registers('none'),
        hostProtect(HOST + 6, rights),
        fromMemory,
        fetch(0x10010n, 1),
        fetch(addressIn('pae'), 2),
      ],
    )
  for (const paging of TABLES)
    yield draft(
      `error-code/${paging}`,
      'a table that cannot be read, and a bit that cannot be set, are faults with P clear',
      [
        ...SETUP,
        ...putTables(paging, { 1: pointer(1) | (OPEN & ~A & ~P) | P }),
        registers(paging, { cpl: 3, smep: true }),
        hostProtect(HOST + 1, 'none'),
        fetch(addressIn(paging), 1),
        hostProtect(HOST + 1, 'read'),
        fetch(addressIn(paging), 1),
        { op: 'write-virtual', vcpu: 0, gva: u64(addressIn(paging)), data: '00' },
      ],
    )
}

/** Bad host addresses on the way of an address: host pages that are not to be read, or not to be written. */
export const fetchHostDrafts = function* (): Generator<Draft> {
  yield* fetches()
  yield* failures()
  yield* internalTables()
  yield* others()
}

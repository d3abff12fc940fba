import { u64 } from '../../../../spec/terms/numbers.js'
import { type Draft, get, HOST, remove } from '../../draft/calls.js'
import {
  A,
  fetch,
  LEVELS,
  OPEN,
  P,
  pointer,
  poke,
  putEntry,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  U,
} from '../../draft/fetch-layout.js'
import { at, bytesOf, draft } from './draft.js'

/**
 * Accessed bits: in which slot they are set and which log marks them; on a fault KVM's walker sets none, the
 * processor some.
 */
export const accessedCases = function* (): Generator<Draft> {
  for (const paging of TABLES) {
    const levels = LEVELS[paging]
    const closed = Object.fromEntries(levels.map(level => [level, pointer(level) | (OPEN & ~A)]))
    const logged = levels.flatMap(level => [remove(level), slotOf(level, 'LOG')])
    const seen = [...levels.map(level => readBack(paging, level)), ...levels.map(level => get(level))]
    yield draft(
      `accessed/${paging}/done`,
      'a fetch sets every accessed bit on its way, and marks the tables',
      [...SETUP, ...putTables(paging, closed), ...logged, registers(paging), fetch(at(paging), 2), ...seen],
    )
    for (const by of ['emulator', 'hardware'] as const)
      for (const [name, spoil] of [
        ['absent', (e: bigint) => e & ~P],
        ['denied', (e: bigint) => e & ~U],
      ] as const)
        yield draft(
          `accessed/${paging}/${name}/${by}`,
          by === 'emulator'
            ? 'a fetch that faults sets no accessed bit'
            : 'where the processor walks, a fetch that faults may have set some above',
          [
            ...SETUP,
            ...putTables(paging, { ...closed, 1: spoil(closed[1] ?? 0n) }),
            registers(paging, { cpl: 3 }),
            fetch(at(paging), 2, { by }),
          ],
        )
  }
  // A table that is its own parent: the entry is read at both levels, and set at the first.
  yield draft(
    'accessed/own-parent',
    'a table that is its own parent: the second update loses, and the walk begins anew',
    [
      ...SETUP,
      putEntry('4-level', 4, (4n << 12n) | (OPEN & ~A)),
      poke(HOST + 4, 2 * 8, bytesOf((4n << 12n) | (OPEN & ~A))),
      registers('4-level'),
      {
        op: 'translate',
        vcpu: 0,
        gva: u64((2n << 39n) | (2n << 30n) | (2n << 21n) | (2n << 12n)),
        access: 'read',
      },
      { op: 'read', vcpu: 0, gfn: 4, offset: 16, size: 8 },
    ],
  )
}

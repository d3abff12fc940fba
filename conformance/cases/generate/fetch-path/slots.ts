import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { type Draft, enterSmm, HOST, INTERNAL_ID, remove, set } from '../../draft/calls.js'
import {
  fetch,
  internalSlotOf,
  LEVELS,
  OPEN,
  PAGE_1,
  PAGE_2,
  pointer,
  poke,
  putEntry,
  putTables,
  registers,
  SETUP,
  TABLES,
} from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** Whose slots: internal ones, and those of SMM’s space. */
export const slotCases = function* (): Generator<Draft> {
  const internalIds = [INTERNAL_ID]
  for (const [name, frame] of Object.entries({ table: 2, page: PAGE_1 }))
    yield draft(
      `slots/internal-${name}`,
      'an internal slot is no table to the walker, and its bytes are fetched',
      [
        ...SETUP,
        ...putTables('4-level'),
        remove(frame),
        internalSlotOf(frame),
        registers('4-level'),
        fetch(at('4-level'), 2),
        { op: 'read-virtual', vcpu: 0, gva: u64(at('4-level')), size: 2 },
      ],
      { internalIds },
    )
  for (const paging of TABLES) {
    const other = (frame: number): Operation =>
      set({ as: 1, id: frame, base: frame, npages: 1, hva: HOST + 0x100 + frame })
    const frames = [...LEVELS[paging], PAGE_1, PAGE_2]
    for (const missing of [null, ...frames])
      yield draft(
        `smm/${paging}/${missing === null ? 'whole' : `without-${missing}`}`,
        'in SMM tables and page are those of space 1, and nothing of space 0 helps out',
        [
          ...SETUP,
          ...putTables(paging),
          ...frames.filter(frame => frame !== missing).map(other),
          ...LEVELS[paging].map(level =>
            putEntry(paging, level, pointer(level) | OPEN, { host: HOST + 0x100 }),
          ),
          poke(HOST + 0x100 + PAGE_1, 0x20, '5a5b'),
          registers(paging),
          fetch(at(paging), 2),
          enterSmm,
          fetch(at(paging), 2),
          { op: 'rsm', vcpu: 0 },
          fetch(at(paging), 2),
        ],
      )
  }
}

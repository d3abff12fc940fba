import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { batch, type Draft, entry, HOST, removal, remove, set } from '../../draft/calls.js'
import {
  A,
  fetch,
  LEVELS,
  OPEN,
  PAGE_1,
  pointer,
  poke,
  putEntry,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
} from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** The host page of a frame after it is backed anew: it holds other bytes than before. */
const OTHER = HOST + 0x200
/** Frames are moved this far. */
const AWAY = 32

/** Ways in which the slot of a frame changes, by one call or by several. */
const changes = (frame: number): Readonly<Record<string, readonly Operation[]>> => {
  const own = { id: frame, base: frame, npages: 1, hva: HOST + frame }
  const away = set({ ...own, base: AWAY + frame })
  const other = { ...own, hva: OTHER + frame }
  return {
    deleted: [remove(frame)],
    removed: [batch([removal(frame)])],
    'moved-away': [away],
    'moved-and-back': [away, slotOf(frame)],
    'made-anew': [remove(frame), set(other)],
    rebacked: [batch([entry(other)])],
    'taken-over': [batch([removal(frame), entry({ ...other, id: 64 + frame })])],
    'read-only': [batch([entry({ ...own, flags: 2 })])],
    'beside-it': [set({ ...own, base: AWAY + frame, id: 64 + frame })],
  }
}

/** What is asked before the change and after it, of code and of data. */
const asked = (paging: Tables): readonly Operation[] => [
  fetch(at(paging), 3),
  { op: 'read-virtual', vcpu: 0, gva: u64(at(paging)), size: 3 },
]

/** The other table leads where the own one does, but has not been walked yet; the other page holds other bytes. */
const other = (paging: Tables): readonly Operation[] => [
  ...LEVELS[paging].map(level => putEntry(paging, level, pointer(level) | (OPEN & ~A), { host: OTHER })),
  poke(OTHER + PAGE_1, 0x20, '5a5b5c'),
]

/** Slots that change between two fetches: the second may use nothing that the first one found and that is no longer so. */
export const againCases = function* (): Generator<Draft> {
  for (const paging of TABLES)
    for (const frame of [...LEVELS[paging], PAGE_1])
      for (const [name, change] of Object.entries(changes(frame)))
        yield draft(
          `again/${paging}/${name}-${frame}`,
          'the slot of a table, or of the page, changes between two fetches',
          [
            ...SETUP,
            ...putTables(paging),
            ...other(paging),
            registers(paging),
            ...asked(paging),
            ...change,
            ...asked(paging),
            ...(frame === PAGE_1 ? [] : [readBack(paging, frame)]),
          ],
        )
}

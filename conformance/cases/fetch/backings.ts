import type { Operation } from '../../../spec/terms/operation.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'
import { remove } from '../generate/words.js'
import {
  A,
  addressIn,
  fetch,
  LEVELS,
  OPEN,
  PAGE_1,
  pointer,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
} from './layout.js'

const BACKINGS = ['RW', 'RO', 'LOG', 'missing'] as const
type Backed = (typeof BACKINGS)[number]

const combinations = (count: number): readonly (readonly Backed[])[] =>
  count === 0 ? [[]] : combinations(count - 1).flatMap(rest => BACKINGS.map(one => [...rest, one]))

const change = (frame: number, backing: Backed): readonly Operation[] =>
  backing === 'RW' ? [] : backing === 'missing' ? [remove(frame)] : [remove(frame), slotOf(frame, backing)]

const all = function* (paging: Tables): Generator<() => Short> {
  const frames = [...LEVELS[paging], PAGE_1]
  const entries = Object.fromEntries(LEVELS[paging].map(level => [level, pointer(level) | (OPEN & ~A)]))
  for (const backings of combinations(frames.length)) {
    yield () => ({
      id: frames.map((frame, i) => `${frame === PAGE_1 ? 'page' : frame}-${backings[i]}`).join('+'),
      ops: [
        ...putTables(paging, entries),
        ...frames.flatMap((frame, i) => change(frame, backings[i] ?? 'RW')),
        registers(paging),
        fetch(addressIn(paging) + 0x20n, 4),
        ...LEVELS[paging].map(level => readBack(paging, level)),
        ...frames.flatMap((frame, i) => (backings[i] === 'RW' ? [] : [remove(frame), slotOf(frame)])),
      ],
    })
  }
}

/** Every table and the page itself in a slot that is writable, read-only, logged or missing, in every combination. */
export const backings: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/backing/${paging}`,
    says: `each table and the page in a slot that is writable, read-only, logged or missing, in ${paging} paging`,
    cites: ['x86-fetch.md 3.5', 'x86-fetch.md 4.2', 'real-kvm.md 5'],
    config: {},
    setup: SETUP,
    cases: () => all(paging),
  }),
)

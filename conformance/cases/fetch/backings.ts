import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../spec/terms/operation.js'
import { HOST, hostProtect, INTERNAL_ID, remove } from '../draft/calls.js'
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
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/** What may back a table or a page. Host pages that cannot be read, or not written, are bad host addresses. */
type Backed = 'RW' | 'RO' | 'LOG' | 'missing' | 'internal' | 'unreadable' | 'unwritable'

const ALL: readonly Backed[] = ['RW', 'RO', 'LOG', 'missing', 'internal', 'unreadable', 'unwritable']
/** With five levels and a page, seven backings have too many combinations. */
const OF_5_LEVELS: readonly Backed[] = ['RW', 'RO', 'missing', 'internal', 'unreadable']

/** Frame `f` and frame `INTERNAL + f` have the same host page: by a slot of the user, and by one of KVM's own. */
const INTERNAL = 0x20
const internal: Operation = {
  op: 'internal-slot',
  id: INTERNAL_ID,
  gpa: addressOf(INTERNAL),
  size: addressOf(INTERNAL),
  hva: addressOf(HOST),
}
const setup: readonly Operation[] = [...SETUP, internal]
const CONFIG = { internalIds: [INTERNAL_ID] }

const combinations = (of: readonly Backed[], count: number): readonly (readonly Backed[])[] =>
  count === 0 ? [[]] : combinations(of, count - 1).flatMap(rest => of.map(one => [...rest, one]))

const change = (frame: number, backing: Backed): readonly Operation[] => {
  switch (backing) {
    case 'RW':
    case 'internal':
      return []
    case 'missing':
      return [remove(frame)]
    case 'RO':
    case 'LOG':
      return [remove(frame), slotOf(frame, backing)]
    case 'unreadable':
      return [hostProtect(HOST + frame, 'none')]
    case 'unwritable':
      return [hostProtect(HOST + frame, 'read')]
  }
}
const restore = (frame: number, backing: Backed): readonly Operation[] => {
  if (backing === 'RW' || backing === 'internal') return []
  const isHost = backing === 'unreadable' || backing === 'unwritable'
  return isHost ? [hostProtect(HOST + frame, 'all')] : [remove(frame), slotOf(frame)]
}

/** The registers with the root of the tables at another frame; of PAE that is the directory. */
const rootedAt = (paging: Tables, root: number): RegistersCall => {
  const image = registers(paging)
  if (paging !== 'pae') return { ...image, cr3: addressOf(root) }
  return { ...image, pdptes: [0, 0, 0, (root << 12) | 1].map(u64) }
}

const all = function* (paging: Tables): Generator<() => Short> {
  const levels = LEVELS[paging]
  const frames = [...levels, PAGE_1]
  for (const backings of combinations(paging === '5-level' ? OF_5_LEVELS : ALL, frames.length)) {
    const shift = (i: number) => (backings[i] === 'internal' ? INTERNAL : 0)
    yield () => ({
      id: frames.map((frame, i) => `${frame === PAGE_1 ? 'page' : frame}-${backings[i]}`).join('+'),
      ops: [
        ...putTables(
          paging,
          Object.fromEntries(
            levels.map((level, i) => [level, (pointer(level) + (BigInt(shift(i + 1)) << 12n)) | (OPEN & ~A)]),
          ),
        ),
        ...frames.flatMap((frame, i) => change(frame, backings[i] ?? 'RW')),
        rootedAt(paging, (levels[0] ?? 0) + shift(0)),
        fetch(addressIn(paging) + 0x20n, 4),
        ...levels.map(level => readBack(paging, level)),
        ...frames.flatMap((frame, i) => restore(frame, backings[i] ?? 'RW')),
      ],
    })
  }
}

/** Every table and the page itself with everything that may back them, in every combination. */
export const backings: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/backing/${paging}`,
    says: `each table and the page writable, read-only, logged, missing, internal or at a bad host address, in ${paging} paging`,
    cites: ['x86-fetch.md 3.2', 'x86-fetch.md 3.5', 'x86-fetch.md 4.2', 'real-kvm.md 5'],
    config: CONFIG,
    setup,
    cases: () => all(paging),
  }),
)

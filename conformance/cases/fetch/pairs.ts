import type { Operation } from '../../../spec/terms/operation.js'
import { remove } from '../draft/calls.js'
import {
  A,
  addressIn,
  fetch,
  LEVELS,
  NX,
  OPEN,
  P,
  PAGE_1,
  pointer,
  putTables,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
  U,
} from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

/** A fault on the way of an address, at one of its levels; level 0 is the page itself. */
interface Condition {
  readonly name: string
  readonly level: number
  readonly entry?: (entry: bigint) => bigint
  readonly slot?: 'RO' | 'missing'
}

const ON_ENTRY: Readonly<Record<string, (entry: bigint, paging: Tables) => bigint>> = {
  absent: entry => entry & ~P,
  reserved: (entry, paging) => entry | (paging === '32-bit' ? 1n << 21n : 1n << 46n),
  nx: entry => entry | NX,
  supervisor: entry => entry & ~U,
  unaccessed: entry => entry & ~A,
}

const conditions = (paging: Tables): readonly Condition[] => [
  ...LEVELS[paging].flatMap(level => [
    ...Object.entries(ON_ENTRY)
      .filter(([name]) => name !== 'nx' || paging !== '32-bit')
      .map(([name, change]) => ({ name, level, entry: (entry: bigint) => change(entry, paging) })),
    { name: 'read-only', level, slot: 'RO' as const },
    { name: 'missing', level, slot: 'missing' as const },
  ]),
  { name: 'read-only', level: 0, slot: 'RO' },
  { name: 'missing', level: 0, slot: 'missing' },
]

const frameOf = ({ level }: Condition): number => (level === 0 ? PAGE_1 : level)

const setSlots = (made: readonly Condition[]): readonly Operation[] =>
  made.flatMap(condition => {
    const { slot } = condition
    if (slot === undefined) return []
    const frame = frameOf(condition)
    return slot === 'missing' ? [remove(frame)] : [remove(frame), slotOf(frame, 'RO')]
  })
/**
 * A slot that is there is deleted and made again; of one that is not, the deletion fails, which does not matter to
 * the case.
 */
const restoreSlots = (made: readonly Condition[]): readonly Operation[] =>
  [...new Set(made.filter(c => c.slot !== undefined).map(frameOf))].flatMap(frame => [
    remove(frame),
    slotOf(frame),
  ])

const entriesOf = (paging: Tables, made: readonly Condition[]): Readonly<Record<number, bigint>> =>
  Object.fromEntries(
    LEVELS[paging].map(level => {
      const open = pointer(level) | OPEN
      return [level, made.reduce((e, c) => (c.level === level ? (c.entry?.(e) ?? e) : e), open)]
    }),
  )

const pairs = function* (paging: Tables): Generator<() => Short> {
  const all = conditions(paging)
  for (const one of all)
    for (const other of all)
      for (const [cpl, smep] of [
        [0, false],
        [0, true],
        [3, false],
      ] as const) {
        const made = one === other ? [one] : [one, other]
        yield () => ({
          id: `${made.map(c => `${c.name}-${c.level}`).join('+')}/cpl${cpl}${smep ? '/smep' : ''}`,
          ops: [
            ...setSlots(made),
            ...putTables(paging, entriesOf(paging, made)),
            registers(paging, { cpl, smep }),
            fetch(addressIn(paging) + 0x20n, 3),
            ...restoreSlots(made),
          ],
        })
      }
}

/** Every ordered pair of conditions of the way: which of them decides. */
export const conditionPairs: readonly Exhaustive[] = TABLES.map(paging =>
  listed({
    name: `fetch/pairs/${paging}`,
    says: `every pair of what may be wrong on the way, at any two levels, in ${paging} paging`,
    cites: ['x86-fetch.md 3.2', 'x86-fetch.md 4.3'],
    config: {},
    setup: SETUP,
    cases: () => pairs(paging),
  }),
)

import { type Config, parametersOf } from '../../../oracle/wire/config.js'
import { MAX_SLOT_PAGES, pageOf } from '../../../spec/terms/numbers.js'
import { roomFor } from '../../targets/kvm/guest/room.js'
import { type Fields, number, quoted, shared } from './c-rows.js'
import { gpaOf, isOfGuests, type KernelOperation, USER_END } from './kernel-operation.js'

const PAGE_MASK = 0xfffn

/** Host addresses that need memory behind them, as ranges that do not meet. */
const backingsOf = (operations: readonly KernelOperation[]): readonly (readonly [bigint, bigint])[] => {
  const ranges = operations
    .flatMap((o): readonly (readonly [bigint, bigint])[] => {
      if (o.op === 'poke') return [[o.hva, o.hva + BigInt(o.data.length / 2)]]
      return o.op === 'set' || o.op === 'host-protect' ? [[o.hva, o.hva + o.size]] : []
    })
    .filter(([first, end]) => first < end && end <= USER_END)
    .map(([first, end]) => [first & ~PAGE_MASK, (end + PAGE_MASK) & ~PAGE_MASK] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const joined: [bigint, bigint][] = []
  for (const [first, end] of ranges) {
    const last = joined.at(-1)
    if (last === undefined || first > last[1]) joined.push([first, end])
    else if (end > last[1]) last[1] = end
  }
  return joined.map(([first, end]) => [first, end - first])
}

/** Gigabytes of guest memory that accesses go to. */
const gigabytesOf = (operations: readonly KernelOperation[]): readonly number[] => [
  ...new Set(operations.flatMap(o => ('gfn' in o ? [Number(gpaOf(o) >> 30n)] : []))),
]

/** Address spaces of any kernel, at most. */
const MAX_SPACES = 2

const greatest = (operations: readonly KernelOperation[], of: (o: KernelOperation) => number): number =>
  operations.reduce((most, o) => Math.max(most, of(o)), 0)

/** Where user space may end: from x86 with four levels of tables to x86 with five. */
const ENDS = [USER_END, 1n << 57n] as const

/** Whether a call goes as far as user space may end. */
const reachesEnd = (o: KernelOperation): boolean => {
  const [least, most] = ENDS
  return o.op === 'set' && o.hva + o.size >= least && o.hva + o.size <= most
}

/** Rows of `struct test`, and the tables that they refer to. */
export const testRows = () => {
  const backings = shared('backings_', 'struct backing')
  const gigabytes = shared('gigabytes_', 'unsigned int')
  return {
    /** The fields of a test; null where its guests find no room for a slot of their own. */
    fields: (id: string, config: Config, operations: readonly KernelOperation[]): Fields | null => {
      const { maxGfn, slotLimit, spaces, hvaLimit } = parametersOf(config)
      const isOfArm = config.arch === 'arm64'
      const runs = operations.some(isOfGuests)
      const room = runs ? roomFor(operations) : null
      if (runs && room === null) return null
      const calls = (op: KernelOperation['op']) => operations.some(o => o.op === op)
      const needs = [
        ...(calls('get-dirty') || calls('clear-dirty') || calls('enable-cap') ? ['NEED_DIRTY_LOG'] : []),
        ...(operations.some(o => o.op === 'enable-cap' && o.cap === 'dirty-log-ring') ? ['NEED_RING'] : []),
        ...(operations.some(o => o.op === 'set' && o.ioctl === 2) ? ['NEED_REGION2'] : []),
        ...(runs ? ['NEED_X86'] : []),
        ...(isOfArm ? ['NEED_ARM64'] : []),
      ]
      const backed = runs ? backingsOf(operations) : []
      const shown = runs ? gigabytesOf(operations) : []
      return {
        id: quoted(id),
        needs: needs.join(' | ') || null,
        last_gfn: maxGfn,
        slots: slotLimit,
        spaces,
        user_end: operations.some(reachesEnd) ? hvaLimit : 0,
        last: greatest(operations, o => (o.op === 'set' ? pageOf(o.gpa) + pageOf(o.size) - 1 : 0)),
        // A CLEAR of more pages than any slot has is refused before its bits are read.
        pages: greatest(operations, o =>
          o.op === 'set' && o.size >> 12n <= MAX_SLOT_PAGES ? pageOf(o.size) : 0,
        ),
        greatest: greatest(operations, o => ('id' in o ? o.id : 0)),
        // A space that no kernel has is refused by all of them.
        space: greatest(operations, o => ('as' in o && o.as < Math.max(spaces, MAX_SPACES) ? o.as : 0)),
        runs,
        stub_id: room?.stubId ?? 0,
        stub_gpa: room?.stubGpa ?? 0,
        gigabytes: gigabytes.nameOf(shown.map(String)),
        ngigabytes: shown.length,
        backings: backings.nameOf(backed.map(([hva, bytes]) => `{ ${number(hva)}, ${number(bytes)} }`)),
        nbackings: backed.length,
      }
    },
    /** The tables, which stand before the rows. */
    text: (): string => backings.text() + gigabytes.text(),
  }
}

import { type U64, u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../../spec/terms/operation.js'
import { PAGE, STUB_BYTES } from './layout.js'

/** Where a VM has room for what is ours: a slot of our own, one that is moved to and fro, and an entry of a root table. */
export interface Room {
  readonly stubId: number
  readonly spareId: number
  readonly stubGpa: U64
  readonly spareGpa: U64
  readonly rootIndex: number
}

/** Guest addresses to try: below 4 GiB, where code of 32 bits can reach them. */
const PLACES = [0xd000_0000, 0xb000_0000, 0x7000_0000, 0x3000_0000].map(place => BigInt(place))
const IDS = [32000, 31000, 30000, 29000]
const BETWEEN = BigInt(STUB_BYTES) * 2n

const meets = (first: bigint, bytes: bigint, { gpa, size }: SetCall): boolean =>
  gpa < first + bytes && first < gpa + size

const indexOf = (la: bigint): number => Number((la >> 39n) & 0x1ffn)

/** Addresses that the program goes to, and places within pages that it reads or writes: where no entry of ours may be. */
const usedIndexes = (operations: readonly Operation[]): ReadonlySet<number> => {
  const used = new Set<number>()
  const within = (offset: number, bytes: number) => {
    for (let at = offset >> 3; at <= (offset + bytes - 1) >> 3; at++) used.add(at)
  }
  for (const o of operations) {
    if (o.op === 'poke') within(Number(o.hva & 0xfffn), o.data.length / 2)
    if ('gfn' in o && 'offset' in o) within(o.offset, 'size' in o ? o.size : o.data.length / 2)
    if (o.op === 'fetch-instruction') used.add(indexOf(o.rip)).add(indexOf(o.rip + 15n))
    if ('gva' in o) used.add(indexOf(o.gva)).add(indexOf(o.gva + 16n))
  }
  return used
}

/** Whether a room that is taken is one that a further program stays away from. */
export const staysAway = (
  { stubId, spareId, stubGpa, rootIndex }: Room,
  operations: readonly Operation[],
): boolean =>
  !usedIndexes(operations).has(rootIndex) &&
  operations.every(
    o => o.op !== 'set' || (o.id !== stubId && o.id !== spareId && !meets(stubGpa, BETWEEN, o)),
  )

/** Room that no operation of the program comes near; null where there is none. */
export const roomFor = (operations: readonly Operation[]): Room | null => {
  const sets = operations.filter(o => o.op === 'set')
  const free = PLACES.find(place => !sets.some(one => meets(place, BETWEEN, one)))
  const ids = IDS.find(id => !sets.some(one => one.id === id || one.id === id + 1))
  const used = usedIndexes(operations)
  // From the middle of the lower half, away from the first and last that cases like.
  const rootIndex = Array.from({ length: 200 }, (_, i) => i + 40).find(index => !used.has(index))
  if (free === undefined || ids === undefined || rootIndex === undefined) return null
  return {
    stubId: ids,
    spareId: ids + 1,
    stubGpa: u64(free),
    spareGpa: u64(free + BigInt(STUB_BYTES + PAGE)),
    rootIndex,
  }
}

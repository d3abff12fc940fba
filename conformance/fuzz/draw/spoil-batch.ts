import { below, chance, pick } from '../../../spec/generate/random.js'
import { removalOf } from '../../../spec/terms/build-batch.js'
import { u64 } from '../../../spec/terms/numbers.js'
import { type BatchCall, type BatchEntry, HARVEST } from '../../../spec/terms/operation.js'
import { type Drawing, freeId, spaceAt } from './drawing.js'
import { mishap } from './mishap.js'
import { spoiltRegion } from './spoil-region.js'

type Change = (d: Drawing, o: BatchCall) => BatchCall

const HEADER: readonly Change[] = [
  ({ r }, o) => ({ ...o, flags: (o.flags | pick(r, [2, 0x8000_0000])) >>> 0 }),
  ({ r, world }, o) => ({ ...o, as: pick(r, [world.params.spaces, 0xffff]) }),
  (_, o) => ({ ...o, reserved: u64(1) }),
  (_, o) => ({ ...o, flags: (o.flags | HARVEST) >>> 0, resultSize: u64(0) }),
  ({ r }, o) => ({
    ...o,
    resultSize: u64(o.resultSize > 0n ? o.resultSize - pick(r, [1n, o.resultSize - 1n]) : 31n),
  }),
  ({ world }, o) => ({
    ...o,
    resultSize: u64(o.resultSize > 0n ? o.resultSize : 4096n),
    ...(world.features.has('bad-pointer') ? { result: 'bad' as const } : {}),
  }),
  (d, o) => ({ ...o, ...mishap(d) }),
  (_, o) => ({ ...o, entries: [] }),
]

/** Removals of absent ids until there are more entries than the capability reports, where that is not many. */
const tooMany: Change = ({ world }, o) => {
  const missing = world.params.maxEntries + 1 - o.entries.length
  if (missing < 1 || missing > 64) return o
  return { ...o, entries: [...o.entries, ...Array.from({ length: missing }, (_, i) => removalOf(i))] }
}

const withEntry = (o: BatchCall, at: number, entry: BatchEntry): BatchCall => ({
  ...o,
  entries: o.entries.with(at, entry),
})

const spoiltEntry = (d: Drawing, entry: BatchEntry): BatchEntry => {
  const { r } = d
  const kind = below(r, 8)
  if (kind === 0) return { ...entry, reserved: u64(1) }
  if (kind === 1) return { ...entry, do: entry.do === 'set' ? 'remove' : 'set' }
  return spoiltRegion(d, entry)
}

const insert = (d: Drawing, o: BatchCall): BatchCall => {
  const { r } = d
  const listed = o.entries.length === 0 ? null : pick(r, o.entries)
  const absent = freeId(d, spaceAt(d, o.as).slots)
  const more =
    listed !== null && chance(r, 0.7)
      ? pick<BatchEntry>(r, [listed, removalOf(listed.id), { ...listed, id: absent ?? listed.id }])
      : removalOf(absent ?? 0)
  return { ...o, entries: o.entries.toSpliced(below(r, o.entries.length + 1), 0, more) }
}

/** A batch with its header, an entry, or the number of its entries made wrong. */
export const spoiltBatch: Change = (d, o) => {
  const { r } = d
  const kind = below(r, 10)
  if (kind < 3) return pick(r, HEADER)(d, o)
  if (kind === 3) return tooMany(d, o)
  if (kind < 6 || o.entries.length === 0) return insert(d, o)
  const at = below(r, o.entries.length)
  return withEntry(o, at, spoiltEntry(d, o.entries[at] as BatchEntry))
}

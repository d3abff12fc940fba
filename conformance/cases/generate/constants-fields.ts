import type { Config } from '../../../oracle/wire/config.js'
import { PAGE_SIZE, u64 } from '../../../spec/terms/numbers.js'
import { type BatchEntry, HARVEST, type Operation, type Region } from '../../../spec/terms/operation.js'
import {
  batch,
  enterSmm,
  entry,
  get,
  HOST,
  type InPages,
  lookup,
  removal,
  ring,
  set,
  vcpu,
  write,
} from '../draft/calls.js'

/** A call with a number in one of its fields and nothing wrong besides, what leads to it, and what shows its effect. */
export interface Probe {
  readonly config: Config
  readonly before: readonly Operation[]
  readonly call: Operation
  readonly after: readonly Operation[]
}

const BASE = 16
const linux: Config = { profile: 'linux' }

type Place = Pick<Region, 'gpa' | 'size' | 'hva'>
const sound = { id: 3, base: 64, npages: 2, hva: HOST, flags: 0 }

const setting = (place: Partial<Place>, config: Config = {}): Probe => ({
  config: { ...linux, ...config },
  before: [],
  call: { ...set(sound), ...place },
  after: [lookup(0), lookup(64), lookup(65), lookup(66)],
})

const inBatch = (place: Partial<Place>, config: Config = {}): Probe => ({
  config,
  before: [set({ id: 1, base: BASE, npages: 2, hva: HOST + 64 })],
  call: batch([removal(1), { ...entry(sound), ...place }]),
  after: [lookup(0), lookup(BASE), lookup(64), lookup(65), lookup(66)],
})

/** Two pages, since a limit of the end and one of the begin are then two. */
const endingAt = (page: bigint) => u64((page - 2n) * PAGE_SIZE)
/** Every frame that an address can name may have a slot: what refuses the call is then the wrap alone. */
const allFrames: Config = { maxGfn: 2 ** 52 - 1 }

const logged = (slot: Partial<InPages>) =>
  set({ id: 1, base: BASE, npages: 70, hva: HOST, flags: 1, ...slot })

const clearing = (first: bigint, count: bigint, id = 1, as = 0): Operation => ({
  op: 'clear-dirty',
  as,
  id,
  first: u64(first),
  count: Number(count),
  pages: count === 0n ? [] : [[Number(first), Number(count)]],
})

/** CLEAR on a slot of so many pages, written at and beside every edge of a word and of half of one. */
const clearIn = (npages: number, first: bigint, count: bigint): Probe => ({
  config: linux,
  before: [
    vcpu,
    logged({ npages }),
    ...[0, 31, 32, 63, 64, 65, 127, 128, npages - 1].filter(p => p < npages).map(p => write(BASE + p)),
  ],
  call: clearing(first, count),
  after: [get(1)],
})

/** A call on the log of a slot in the space, and a write there first. */
const onLog = (call: Operation, id: number, as: number): Probe => ({
  config: linux,
  before: [vcpu, ...(as === 1 ? [enterSmm] : []), logged({ id, as }), ...(as < 2 ? [write(BASE + 3)] : [])],
  call,
  after: [get(id, as)],
})

/** A batch that removes a logged slot with two dirty bits. */
const retiring = (npages: number, flags: number, resultSize: bigint): Probe => ({
  config: {},
  before: [vcpu, logged({ npages }), write(BASE + 3), write(BASE + npages - 1)],
  call: { op: 'batch', as: 0, flags, resultSize: u64(resultSize), entries: [removal(1)] },
  after: [lookup(BASE), get(1)],
})

const ringOf = (bytes: bigint, config: Config = linux): Probe => ({
  config,
  before: [],
  call: ring(Number(bytes)),
  after: [logged({}), get(1)],
})

const entries = (count: number): readonly BatchEntry[] =>
  Array.from({ length: count }, (_, i) => entry({ id: i, base: 64 + i, npages: 1, hva: HOST + i }))

const PROBES = {
  'set.size': n => setting({ size: u64(n) }),
  'set.gpa': n => setting({ gpa: u64(n) }),
  'set.hva': n => setting({ hva: u64(n) }),
  'set.pages': n => setting({ size: u64(n * PAGE_SIZE) }),
  'set.gpa-end': n => setting({ gpa: endingAt(n) }, allFrames),
  'set.hva-end': n => setting({ hva: endingAt(n) }),
  'set.last': n => setting({ gpa: endingAt(n + 1n) }),
  'set.id': n => ({ ...setting({}), call: set({ ...sound, id: Number(n) }) }),
  'set.as': n => ({ ...setting({}), call: set({ ...sound, as: Number(n) }) }),
  'entry.size': n => inBatch({ size: u64(n) }),
  'entry.gpa': n => inBatch({ gpa: u64(n) }),
  'entry.hva': n => inBatch({ hva: u64(n) }),
  'entry.pages': n => inBatch({ size: u64(n * PAGE_SIZE) }),
  'entry.gpa-end': n => inBatch({ gpa: endingAt(n) }, allFrames),
  'entry.hva-end': n => inBatch({ hva: endingAt(n) }),
  'entry.last': n => inBatch({ gpa: endingAt(n + 1n) }),
  'entry.id': n => ({ ...inBatch({}), call: batch([removal(1), entry({ ...sound, id: Number(n) })]) }),
  'batch.as': n => ({ ...inBatch({}), call: batch([entry(sound)], 'bits', Number(n)) }),
  'batch.entries': n => ({ ...inBatch({}), config: { maxEntries: 8 }, call: batch(entries(Number(n))) }),
  'batch.record-bytes': n => retiring(64, 0, n),
  'harvest.bitmap-bytes': n => retiring(64, HARVEST, 32n + n),
  'harvest.pages': n => retiring(Number(n), HARVEST, 40n),
  'get.id': n => onLog(get(Number(n)), Number(n), 0),
  'get.as': n => onLog(get(1, Number(n)), 1, Number(n)),
  'get.pages': n => ({ ...clearIn(Number(n), 0n, 0n), call: get(1) }),
  'clear.id': n => onLog(clearing(0n, 64n, Number(n)), Number(n), 0),
  'clear.as': n => onLog(clearing(0n, 64n, 1, Number(n)), 1, Number(n)),
  'clear.first': n => clearIn(200, n, 64n),
  'clear.first-of-none': n => clearIn(128, n, 0n),
  'clear.count': n => clearIn(200, 0n, n),
  'clear.count-from-64': n => clearIn(200, 64n, n),
  'clear.count-to-end': n => clearIn(130, 0n, n),
  'ring.bytes': n => ringOf(n),
  'ring.bytes-above': n => ringOf(n + 4096n),
  'ring.entries-reserved': n => ringOf(65536n, { ...linux, ringReserved: Number(65536n / n) }),
} as const satisfies Readonly<Record<string, (n: bigint) => Probe>>

/** A field of a call that can be given any number, or what a number of another field implies for one. */
export type FieldName = keyof typeof PROBES
export const fieldNames = Object.keys(PROBES) as readonly FieldName[]

/** The call with `n` in the field. */
export const probe = (field: FieldName, n: bigint): Probe => PROBES[field](n)

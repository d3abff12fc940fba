import { entryFor, removalOf } from '../terms/build-batch.js'
import type { Cells } from '../terms/cells.js'
import { addressOf, u64 } from '../terms/numbers.js'
import type * as op from '../terms/operation.js'
import { runsOf } from '../terms/page-set.js'
import { endOf, GUEST_MEMFD } from '../terms/slot.js'
import * as field from './field.js'
import { pagesWithin } from './machine.js'
import { below, between, chance, pick, type Random, some } from './random.js'
import { someSmbase } from './smm.js'

type Made<O extends op.Operation['op']> = Extract<op.Operation, { readonly op: O }>
type Maker<O extends op.Operation['op']> = (r: Random, cells: Cells) => Made<O>

/** What may go wrong with a call, each by itself. */
export const MISHAPS: readonly op.Mishaps[] = [
  { caller: 'stranger' },
  { argument: 'bad' },
  { allocation: 'early' },
  { allocation: 'late' },
]
const mishaps = (r: Random): op.Mishaps => (chance(r, 0.95) ? {} : pick(r, MISHAPS))

/** A region: half the time one that exists with a field or two changed, so that it meets a slot. */
const region = (r: Random, cells: Cells, as: number): op.Region => {
  const id = field.someId(r, cells, as)
  const drawn: op.Region = {
    id,
    gpa: field.someGpa(r, cells, as),
    size: field.someSize(r, cells, as),
    hva: field.someHva(r, cells, as),
    flags: field.someFlags(r),
  }
  const old = field.slotsOf(cells, as).find(slot => slot.id === id)
  if (old === undefined || chance(r, 0.3)) return drawn
  const changed = some(r, ['gpa', 'size', 'hva', 'flags'] as const, 0.3)
  const { do: _, ...kept } = entryFor(old)
  return { ...kept, ...Object.fromEntries(changed.map(name => [name, drawn[name]])) }
}

/** What makes a call create a slot of guest_memfd above all others, so that the file decides. */
const backedSlot = (r: Random, cells: Cells, as: number): Partial<op.SetCall> => {
  const slots = field.slotsOf(cells, as)
  const base = Math.max(0, ...slots.map(endOf)) + below(r, 2)
  const { slotLimit } = cells.params
  const free = Array.from({ length: slotLimit }, (_, id) => id).find(id => slots.every(s => s.id !== id))
  return {
    id: free ?? 0,
    gpa: addressOf(base),
    size: addressOf(between(r, 1, 4)),
    hva: addressOf(below(r, 24)),
    flags: GUEST_MEMFD,
    ioctl: 2,
    memfd: field.someMemfd(r, cells),
  }
}

const entry = (r: Random, cells: Cells, as: number): op.BatchEntry => {
  const { id, ...rest } = region(r, cells, as)
  const odd = chance(r, 0.03) ? { reserved: u64(1) } : {}
  if (chance(r, 0.25)) return chance(r, 0.95) ? { ...removalOf(id), ...odd } : { do: 'remove', id, ...rest }
  return { do: 'set', id, ...rest, ...odd }
}

const batch: Maker<'batch'> = (r, cells) => {
  const as = field.someSpace(r, cells)
  const entries = Array.from({ length: below(r, 5) }, () => entry(r, cells, as))
  // Mostly one entry for an id: a batch is a map.
  const distinct = chance(r, 0.9) ? [...new Map(entries.map(e => [e.id, e])).values()] : entries
  return {
    op: 'batch',
    as,
    flags: chance(r, 0.95) ? below(r, 2) : 2,
    ...(chance(r, 0.97) ? {} : { reserved: u64(7) }),
    // Some that are no whole number of words: a check of any field is to be reached without a change here.
    resultSize: u64(pick(r, [0, 32, 44, 48, 4096, 4096])),
    ...(chance(r, 0.95) ? {} : { result: 'bad' as const }),
    entries: distinct,
    ...mishaps(r),
  }
}

const badBitmap = (r: Random): { readonly bitmap?: 'bad' } => (chance(r, 0.9) ? {} : { bitmap: 'bad' })

const clearDirty: Maker<'clear-dirty'> = (r, cells) => {
  const as = field.someSpace(r, cells)
  const id = field.someId(r, cells, as)
  const npages = field.slotsOf(cells, as).find(slot => slot.id === id)?.npages ?? 64
  const first = pick(r, [0, 0, 0, 64, 128, 7])
  const left = Math.max(0, npages - first)
  const count = pick(r, [left, left, 0, Math.min(64, left), left + 1, below(r, 70)])
  const swaps = cells.spaces[as]?.swaps ?? 0
  return {
    op: 'clear-dirty',
    as,
    id,
    first: u64(first),
    count,
    pages: runsOf(pagesWithin(r, Math.max(1, npages + 3))),
    ...(chance(r, 0.5) ? {} : { generation: as + between(r, 0, swaps + 1) * cells.params.spaces }),
    ...badBitmap(r),
    ...mishaps(r),
  }
}

const someVcpu = (r: Random): number => below(r, 3)
const place = (r: Random, cells: Cells, as: number) => ({
  gfn: field.someFrame(r, cells, as),
  offset: pick(r, [0, 8, 4094]),
})
const byVcpu = (r: Random, cells: Cells) => {
  const vcpu = someVcpu(r)
  return { vcpu, ...place(r, cells, cells.vcpus.find(v => v.id === vcpu)?.space ?? 0) }
}
const reading =
  <O extends 'read' | 'fetch'>(kind: O): Maker<O> =>
  (r, cells) =>
    ({ op: kind, ...byVcpu(r, cells), size: 2 }) as Made<O>
const writing =
  <O extends 'write' | 'rmw' | 'ad-update'>(kind: O): Maker<O> =>
  (r, cells) =>
    ({ op: kind, ...byVcpu(r, cells), data: pick(r, ['00ff', 'beef']) }) as Made<O>

const internalSlot: Maker<'internal-slot'> = (r, cells) => ({
  op: 'internal-slot',
  id: pick(r, [...cells.params.internalIds, 0]),
  gpa: field.someGpa(r, cells, 0),
  size: field.someSize(r, cells, 0),
  hva: field.someHva(r, cells, 0),
})

/** How an operation of each kind is drawn, reading the machine so that it meets what is there. */
export const makers: { readonly [O in op.PlainOperation['op']]: Maker<O> } = {
  set: (r, cells) => {
    const as = field.someSpace(r, cells)
    const ioctl = chance(r, 0.5) ? { ioctl: 2 as const } : {}
    const memfd = chance(r, 0.3) ? { memfd: field.someMemfd(r, cells) } : {}
    const backed = cells.params.guestMemfd && chance(r, 0.5) ? backedSlot(r, cells, as) : {}
    return { op: 'set', as, ...region(r, cells, as), ...ioctl, ...memfd, ...backed, ...mishaps(r) }
  },
  batch,
  'get-dirty': (r, cells) => {
    const as = field.someSpace(r, cells)
    return { op: 'get-dirty', as, id: field.someId(r, cells, as), ...badBitmap(r), ...mishaps(r) }
  },
  'clear-dirty': clearDirty,
  'enable-cap': r => {
    const cap = pick(r, ['manual-dirty-log-protect2', 'dirty-log-ring'] as const)
    const args = cap === 'dirty-log-ring' ? [4096, 65536, 100, 0, 2 ** 30] : [0, 1, 3, 2, 4]
    return { op: 'enable-cap', cap, flags: pick(r, [0, 0, 0, 1]), args: [u64(pick(r, args))] }
  },
  'internal-slot': internalSlot,
  'create-guest-memfd': r => ({
    op: 'create-guest-memfd',
    file: below(r, 4),
    size: chance(r, 0.8)
      ? addressOf(between(r, 1, 9))
      : u64(pick(r, [0n, 4097n, 1n << 63n, 2n ** 64n - 4096n])),
  }),
  'set-tss-addr': (r, cells) => ({
    op: 'set-tss-addr',
    addr: chance(r, 0.8) ? field.someGpa(r, cells, 0) : u64(pick(r, [0xffffd000n, 0xffffd001n, 0xfffbd000n])),
  }),
  'create-vcpu': r => ({ op: 'create-vcpu', vcpu: someVcpu(r) }),
  'set-vcpu': (r, cells) => ({ op: 'set-vcpu', vcpu: someVcpu(r), as: field.someSpace(r, cells) }),
  'enter-smm': (r, cells) => ({
    op: 'enter-smm',
    vcpu: someVcpu(r),
    ...(chance(r, 0.5) ? { smbase: someSmbase(r, cells) } : {}),
  }),
  rsm: r => ({ op: 'rsm', vcpu: someVcpu(r) }),
  lookup: (r, cells) => {
    const as = field.someSpace(r, cells)
    return { op: 'lookup', as, gfn: field.someFrame(r, cells, as) }
  },
  'hva-range': (r, cells) => ({
    op: 'hva-range',
    hva: field.someHva(r, cells, 0),
    size: field.someSize(r, cells, 0),
  }),
  'host-protect': r => ({
    op: 'host-protect',
    hva: chance(r, 0.9) ? addressOf(below(r, 24)) : u64(pick(r, [7n, 2n ** 64n - 4096n])),
    size: chance(r, 0.9) ? addressOf(between(r, 1, 4)) : u64(pick(r, [0n, 7n, 8192n])),
    rights: pick(r, ['none', 'read', 'all', 'all'] as const),
  }),
  poke: r => ({ op: 'poke', hva: u64(addressOf(below(r, 24)) + 16n), data: 'c0de' }),
  read: reading('read'),
  fetch: reading('fetch'),
  walk: (r, cells) => ({ op: 'walk', ...byVcpu(r, cells), offset: pick(r, [0, 8, 4088]), size: 8 }),
  write: writing('write'),
  rmw: writing('rmw'),
  'ad-update': writing('ad-update'),
  'kernel-access': (r, cells) => ({
    op: 'kernel-access',
    ...place(r, cells, 0),
    size: 2,
    ...(chance(r, 0.5) ? { data: 'abba' } : {}),
    ...(chance(r, 0.4) ? { cached: true } : {}),
  }),
}

export const KINDS = Object.keys(makers) as readonly op.PlainOperation['op'][]

/** The kinds as they are worth drawing: updates more often than the rest. */
const WEIGHTED: readonly op.PlainOperation['op'][] = [
  ...KINDS,
  ...Array.from({ length: 8 }, () => 'set' as const),
  ...Array.from({ length: 12 }, () => 'batch' as const),
  ...Array.from({ length: 3 }, () => 'clear-dirty' as const),
]

export const operationOn = (
  r: Random,
  cells: Cells,
  kinds: readonly op.PlainOperation['op'][] = WEIGHTED,
): op.Operation => makers[pick(r, kinds)](r, cells)

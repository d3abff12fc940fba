import { counted } from '../../../spec/terms/counted.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import {
  batch,
  type Draft,
  enterSmm,
  entry,
  get,
  HOST,
  hvaRange,
  INTERNAL_ID,
  lookup,
  set,
  vcpu,
} from '../draft/calls.js'

/** One access of each kind, of a frame. */
export const accessesOf = (gfn: number): Readonly<Record<string, Operation>> => ({
  read: { op: 'read', vcpu: 0, gfn, offset: 16, size: 4 },
  fetch: { op: 'fetch', vcpu: 0, gfn, offset: 0, size: 15 },
  write: { op: 'write', vcpu: 0, gfn, offset: 16, data: 'deadbeef' },
  rmw: { op: 'rmw', vcpu: 0, gfn, offset: 18, data: 'c0de' },
  walk: { op: 'walk', vcpu: 0, gfn, offset: 8, size: 8 },
  'ad-update': { op: 'ad-update', vcpu: 0, gfn, offset: 8, data: '2700000000000080' },
  'kernel-read': { op: 'kernel-access', gfn, offset: 16, size: 4 },
  'kernel-read-cached': { op: 'kernel-access', gfn, offset: 16, size: 4, cached: true },
  'kernel-write': { op: 'kernel-access', gfn, offset: 16, size: 2, data: 'beef' },
})

export const PLACES = {
  writable: 16,
  logged: 32,
  'read-only': 48,
  'logged-read-only': 64,
  internal: 80,
  hole: 96,
  'other-space': 112,
} as const

export const setUp: readonly Operation[] = [
  vcpu,
  set({ id: 1, base: 16, npages: 2, hva: HOST }),
  set({ id: 2, base: 32, npages: 2, hva: HOST + 2, flags: 1 }),
  set({ id: 3, base: 48, npages: 2, hva: HOST, flags: 2 }),
  set({ id: 4, base: 64, npages: 2, hva: HOST + 2, flags: 3 }),
  { op: 'internal-slot', id: INTERNAL_ID, gpa: addressOf(80), size: addressOf(2), hva: addressOf(HOST + 8) },
  set({ as: 1, id: 5, base: 112, npages: 2, hva: HOST + 2, flags: 1 }),
  { op: 'poke', hva: u64(addressOf(HOST) + 16n), data: '0123456789abcdef' },
]

const config = (exact: boolean) => ({ internalIds: [INTERNAL_ID], ...(exact ? {} : { exact: false }) })

const pairs = function* (): Generator<Draft> {
  for (const [place, gfn] of Object.entries(PLACES))
    for (const [a, first] of Object.entries(accessesOf(gfn)))
      for (const [b, second] of Object.entries(accessesOf(gfn)))
        for (const smm of [false, true]) {
          yield {
            id: `accesses/${place}/${a}/${b}${smm ? '/smm' : ''}`,
            says: `${a}, then ${b}, of a page that is ${place.replaceAll('-', ' ')}${smm ? ', in SMM' : ''}`,
            config: config(true),
            ops: [...setUp, ...(smm ? [enterSmm] : []), first, second, get(2), get(4), get(5, 1)],
          }
        }
}

const inexact = function* (): Generator<Draft> {
  for (const [name, access] of Object.entries(accessesOf(PLACES.logged))) {
    for (const then of ['nothing', 'split', 'delete'] as const) {
      const change: readonly Operation[] =
        then === 'split'
          ? [batch([entry({ id: 2, base: 32, npages: 1, hva: HOST + 2, flags: 1 })])]
          : then === 'delete'
            ? [batch([{ do: 'remove', id: 2, gpa: u64(0), size: u64(0), hva: u64(0), flags: 0 }])]
            : []
      yield {
        id: `accesses/inexact/${name}/${then}`,
        says: `hardware that takes reads for writes: ${name} of a logged page, then ${then}`,
        config: config(false),
        ops: [...setUp, access, ...change, get(2)],
      }
    }
  }
}

const vcpus = function* (): Generator<Draft> {
  const steps: Readonly<Record<string, Operation>> = {
    create: vcpu,
    'create-another': { op: 'create-vcpu', vcpu: 1 },
    smi: enterSmm,
    rsm: { op: 'rsm', vcpu: 0 },
    'set-1': { op: 'set-vcpu', vcpu: 0, as: 1 },
    'set-2': { op: 'set-vcpu', vcpu: 0, as: 2 },
    read: { op: 'read', vcpu: 0, gfn: 16, offset: 0, size: 1 },
  }
  for (const spaces of [1, 2, 3])
    for (const [a, one] of Object.entries(steps))
      for (const [b, two] of Object.entries(steps))
        for (const [c, three] of Object.entries(steps)) {
          yield {
            id: `accesses/vcpu/spaces-${spaces}/${a}/${b}/${c}`,
            says: `in a VM with ${counted(spaces, 'address space')}: ${a}, ${b}, ${c}`,
            config: { spaces },
            ops: [
              set({ id: 1, base: 16, npages: 2, hva: HOST }),
              one,
              two,
              three,
              { op: 'read', vcpu: 0, gfn: 16, offset: 0, size: 1 },
            ],
          }
        }
}

const withoutVcpu = function* (): Generator<Draft> {
  for (const [name, access] of Object.entries(accessesOf(16))) {
    yield {
      id: `accesses/no-vcpu/${name}`,
      says: `${name} by a vCPU that was never created`,
      config: {},
      ops: [set({ id: 1, base: 16, npages: 2, hva: HOST, flags: 1 }), access, get(1)],
    }
  }
}

const internal = function* (): Generator<Draft> {
  const create = (id: number, base: number, npages: number, hva = HOST): Operation => ({
    op: 'internal-slot',
    id,
    gpa: addressOf(base),
    size: addressOf(npages),
    hva: addressOf(hva),
  })
  const steps: Readonly<Record<string, Operation>> = {
    creates: create(INTERNAL_ID, 100, 2),
    again: create(INTERNAL_ID, 200, 2),
    another: create(32765, 110, 2),
    'over-a-slot': create(32765, 17, 2),
    'unknown-id': create(32766, 100, 2),
    'user-id': create(9, 100, 2),
    deletes: create(INTERNAL_ID, 0, 0, 0),
    'deletes-another': create(32765, 100, 0),
    'deletes-a-users': create(1, 16, 0),
    unaligned: { ...create(32765, 120, 2), gpa: u64(0x100001) } as Operation,
    beyond: create(32765, 2 ** 40, 2),
    'hva-kernel': create(32765, 120, 2, 2 ** 40),
    'user-over-it': set({ id: 7, base: 99, npages: 4, hva: HOST }),
    'user-names-it': set({ id: INTERNAL_ID, base: 100, npages: 2, hva: HOST }),
    'batch-over-it': batch([entry({ id: 7, base: 99, npages: 4, hva: HOST })]),
    'batch-names-it': batch([entry({ id: INTERNAL_ID, base: 100, npages: 2, hva: HOST })]),
  }
  for (const [a, one] of Object.entries(steps))
    for (const [b, two] of Object.entries(steps)) {
      yield {
        id: `accesses/internal/${a}/${b}`,
        says: `internal slots: ${a.replaceAll('-', ' ')}, then ${b.replaceAll('-', ' ')}`,
        config: { internalIds: [INTERNAL_ID, INTERNAL_ID + 1] },
        ops: [
          set({ as: 1, id: 1, base: 16, npages: 2, hva: HOST }),
          one,
          two,
          lookup(100),
          lookup(100, 1),
          lookup(17, 1),
          hvaRange(HOST, 4),
        ],
      }
    }
}

const queries = function* (): Generator<Draft> {
  const slots = [
    set({ id: 1, base: 16, npages: 4, hva: HOST }),
    set({ id: 2, base: 24, npages: 4, hva: HOST + 2, flags: 2 }),
    set({ id: 3, base: 20, npages: 4, hva: HOST + 32 }),
    set({ as: 1, id: 1, base: 0, npages: 64, hva: HOST, flags: 1 }),
  ]
  for (const page of [-1, 0, 1, 2, 3, 5, 6, 31, 32, 35, 36, 63, 64])
    for (const [name, offset, size] of [
      ['page', 0, 4096],
      ['byte', 5, 1],
      ['crossing', 4095, 2],
      ['four', 0, 4 * 4096],
      ['none', 0, 0],
    ] as const) {
      yield {
        id: `accesses/hva/${page < 0 ? 'before' : page}/${name}`,
        says: 'which frames a range of host addresses backs, over aliases and spaces',
        config: {},
        ops: [
          ...slots,
          { op: 'hva-range', hva: u64(addressOf(HOST + page) + BigInt(offset)), size: u64(size) },
        ],
      }
    }
  for (const gfn of [0, 15, 16, 19, 20, 23, 24, 27, 28, 2 ** 40, 2 ** 52 - 1])
    for (const as of [0, 1, 2]) {
      yield {
        id: `accesses/lookup/${as}/${gfn}`,
        says: 'what lies behind a frame, at the edges of slots',
        config: {},
        ops: [...slots, lookup(gfn, as)],
      }
    }
}

/** Every access on every kind of page, twice; hardware that over-reports; vCPUs and SMM; internal slots; look-ups. */
export const accessDrafts = function* (): Generator<Draft> {
  yield* pairs()
  yield* inexact()
  yield* vcpus()
  yield* withoutVcpu()
  yield* internal()
  yield* queries()
}

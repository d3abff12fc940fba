import { removalOf as removal } from '../../../spec/terms/build-batch.js'
import { counted } from '../../../spec/terms/counted.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { ClearDirtyCall, GetDirtyCall, Operation } from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import {
  batch,
  type Draft,
  entry,
  get,
  HOST,
  lookup,
  protect,
  ring,
  set,
  vcpu,
  write,
} from '../draft/calls.js'

const MODES = [0, 1, 3] as const

const clearing = (
  first: number,
  count: number,
  pages: readonly Run[],
  extra: Partial<ClearDirtyCall> = {},
): ClearDirtyCall => ({
  op: 'clear-dirty',
  as: 0,
  id: 1,
  first: u64(first),
  count,
  pages,
  ...extra,
})

const traffic = (npages: number): readonly Operation[] =>
  [0, 1, 63, 64, 65, npages - 1]
    .filter((p, i, all) => p < npages && all.indexOf(p) === i)
    .map(p => write(16 + p))

/** Pages of a slot whose log has whole chunks that can be handed over, however a target cuts its logs. */
const LARGE = 3 * 2 ** 16

const slot = (npages: number, flags = 1) => set({ id: 1, base: 16, npages, hva: HOST, flags })

/** Ranges of CLEAR: aligned, unaligned, at the end of the slot, beyond it and across it. */
const RANGES = [0, 1, 32, 63, 64, 65, 128, 192].flatMap(first =>
  [0, 1, 63, 64, 65, 128, 136].map(count => ({ first, count })),
)

const clears = function* (): Generator<Draft> {
  for (const npages of [8, 64, 130])
    for (const mode of MODES)
      for (const { first, count } of RANGES) {
        if (npages === 8 && first > 64) continue
        yield {
          id: `dirty/clear/pages-${npages}/mode-${mode}/${first}+${count}`,
          says: `CLEAR of ${counted(count, 'page')} from ${first} of a slot of ${npages}, every bit given`,
          config: { profile: 'linux' },
          ops: [
            vcpu,
            protect(mode),
            slot(npages),
            ...traffic(npages),
            clearing(first, count, count === 0 ? [] : [[first, count]]),
            get(1),
            get(1),
          ],
        }
      }
}

const partial = function* (): Generator<Draft> {
  const bits: readonly (readonly Run[])[] = [
    [],
    [[0, 1]],
    [[1, 1]],
    [[63, 2]],
    [[0, 130]],
    [[129, 1]],
    [[64, 64]],
    [
      [2, 3],
      [65, 1],
    ],
    [[128, 64]],
  ]
  for (const mode of MODES)
    for (const [i, pages] of bits.entries()) {
      yield {
        id: `dirty/clear-some/mode-${mode}/${i}`,
        says: 'CLEAR clears the bits it names and no other',
        config: { profile: 'linux' },
        ops: [
          vcpu,
          protect(mode),
          slot(130),
          ...traffic(130),
          clearing(0, 130, pages),
          get(1),
          write(16),
          get(1),
        ],
      }
    }
}

type Trouble = Partial<Omit<GetDirtyCall, 'op'>>

const TROUBLES: Readonly<Record<string, Trouble>> = {
  fine: {},
  stranger: { caller: 'stranger' },
  argument: { argument: 'bad' },
  bitmap: { bitmap: 'bad' },
  'no-space': { as: 2 },
  'other-space': { as: 1 },
  'id-limit': { id: 32764 },
  'no-slot': { id: 7 },
  'no-log': { id: 2 },
}

const errors = function* (): Generator<Draft> {
  const names = Object.keys(TROUBLES)
  const setUp = (mode: number, withRing: boolean): readonly Operation[] => [
    ...(withRing ? [ring(65536)] : [vcpu]),
    protect(mode),
    slot(70),
    set({ id: 2, base: 200, npages: 4, hva: HOST + 200 }),
    ...(withRing ? [] : traffic(70)),
  ]
  for (const withRing of [false, true])
    for (const mode of MODES)
      for (const [i, a] of names.entries())
        for (const b of names.slice(i)) {
          const trouble = { ...TROUBLES[a], ...TROUBLES[b] }
          const name = `${withRing ? 'ring/' : ''}mode-${mode}/${a === b ? a : `${a}+${b}`}`
          yield {
            id: `dirty/get-errors/${name}`,
            says: `GET under ${name}`,
            config: { profile: 'linux' },
            ops: [...setUp(mode, withRing), { op: 'get-dirty', as: 0, id: 1, ...trouble }, get(1)],
          }
          for (const [first, count] of [
            [0, 70],
            [1, 64],
            [64, 7],
            [0, 0],
          ] as const) {
            yield {
              id: `dirty/clear-errors/${name}/${first}+${count}`,
              says: `CLEAR of ${counted(count, 'page')} from ${first} under ${name}`,
              config: { profile: 'linux' },
              ops: [
                ...setUp(mode, withRing),
                clearing(first, count, count === 0 ? [] : [[first, count]], trouble),
                get(1),
              ],
            }
          }
        }
}

const lifecycles = function* (): Generator<Draft> {
  const steps: Readonly<Record<string, readonly Operation[]>> = {
    get: [get(1)],
    'log-off': [slot(8, 0)],
    'log-off-on': [slot(8, 0), slot(8)],
    repeat: [slot(8)],
    move: [set({ id: 1, base: 48, npages: 8, hva: HOST, flags: 1 })],
    'move-log-off': [set({ id: 1, base: 48, npages: 8, hva: HOST, flags: 0 })],
    'move-overlapping-itself': [set({ id: 1, base: 17, npages: 8, hva: HOST, flags: 1 })],
    'delete-create': [set({ id: 1, base: 16, npages: 0, hva: HOST }), slot(8)],
    'read-only': [set({ id: 1, base: 16, npages: 8, hva: HOST, flags: 3 })],
    'failed-resize': [slot(9)],
    'mode-0': [protect(0)],
    'mode-1': [protect(1)],
    'mode-3': [protect(3)],
    'mode-2': [protect(2)],
    'mode-flags': [{ op: 'enable-cap', cap: 'manual-dirty-log-protect2', flags: 1, args: [u64(1)] }],
    'clear-all': [clearing(0, 8, [[0, 8]])],
    write: [write(16 + 3)],
  }
  for (const mode of MODES)
    for (const [a, first] of Object.entries(steps))
      for (const [b, second] of Object.entries(steps)) {
        yield {
          id: `dirty/lifecycle/mode-${mode}/${a}/${b}`,
          says: `what becomes of the log: ${a}, then ${b}`,
          config: { profile: 'linux' },
          ops: [
            vcpu,
            protect(mode),
            slot(8),
            write(17),
            write(20),
            ...first,
            write(18),
            ...second,
            get(1),
            lookup(18),
          ],
        }
      }
}

const rings = function* (): Generator<Draft> {
  for (const size of [
    0,
    100,
    2048,
    4096,
    6144,
    65536,
    1 << 20,
    1 << 21,
    2 ** 30,
    2 ** 32,
    2 ** 32 + 4096,
    2 ** 32 + 2 ** 21,
  ]) {
    yield {
      id: `dirty/ring/size-${size}`,
      says: `a dirty ring of ${counted(size, 'byte')} is asked for`,
      config: { profile: 'linux' },
      ops: [slot(8), ring(size), get(1), ring(4096), slot(8, 0), slot(8), get(1)],
    }
  }
  for (const ringReserved of [0, 256, 257, 576, 4096, 65536])
    for (const size of [4096, 8192, 16384, 65536, 1 << 20, 1 << 21])
      yield {
        id: `dirty/ring/reserved-${ringReserved}/size-${size}`,
        says: `a dirty ring of ${counted(size, 'byte')} is asked for, where ${counted(ringReserved, 'entry is', 'entries are')} reserved`,
        config: { profile: 'linux', ringReserved },
        ops: [ring(size), slot(8), get(1)],
      }
  yield {
    id: 'dirty/ring/after-vcpu',
    says: 'a dirty ring is asked for after the first vCPU',
    config: { profile: 'linux' },
    ops: [vcpu, ring(4096), slot(8), write(16), get(1)],
  }
  yield {
    id: 'dirty/ring/flags',
    says: 'a dirty ring is asked for with flags',
    config: { profile: 'linux' },
    ops: [{ op: 'enable-cap', cap: 'dirty-log-ring', flags: 1, args: [u64(4096)] }, slot(8), get(1)],
  }
}

/** Checks that come before the generation, which a VM with the batch looks at last. */
const beforeGeneration: Readonly<Record<string, readonly Operation[]>> = {
  stranger: [clearing(0, 8, [[0, 8]], { generation: 0, caller: 'stranger' })],
  'bad-argument': [clearing(0, 8, [[0, 8]], { generation: 0, argument: 'bad' })],
  'no-space': [{ ...clearing(0, 8, [[0, 8]], { generation: 0 }), as: 2 }],
  'id-limit': [{ ...clearing(0, 8, [[0, 8]], { generation: 0 }), id: 32764 }],
  unaligned: [clearing(7, 1, [[0, 1]], { generation: 0 })],
  'no-slot': [{ ...clearing(0, 8, [[0, 8]], { generation: 0 }), id: 9 }],
  'beyond-end': [clearing(0, 64, [[0, 8]], { generation: 0 })],
  'bad-bitmap': [clearing(0, 8, [[0, 8]], { generation: 0, bitmap: 'bad' })],
}

/** What a batch does to a logged slot: its generation, its bits, and the ring that takes the bitmaps away. */
const batches = function* (): Generator<Draft> {
  const page = { id: 1, base: 16, npages: 8, hva: HOST, flags: 1 }
  const changes: Readonly<Record<string, readonly Operation[]>> = {
    flags: [batch([entry({ ...page, flags: 3 })])],
    move: [batch([entry({ ...page, base: 48 })])],
    resize: [batch([entry({ ...page, npages: 9 })])],
    're-back': [batch([entry({ ...page, hva: HOST + 64 })])],
  }
  for (const [name, between] of Object.entries(changes))
    for (const g of [2, 3, 4, 6, 8])
      yield {
        id: `dirty/since-batch/${name}/${g}`,
        says: `CLEAR names generation ${g} after a batch: ${name}`,
        config: {},
        ops: [
          vcpu,
          protect(1),
          slot(8),
          write(17),
          ...between,
          clearing(0, name === 'resize' ? 9 : 8, [[0, 8]], { generation: g }),
          get(1),
        ],
      }
  for (const flags of [0, 1, 2, 3])
    yield {
      id: `dirty/ring/batch-flags-${flags}`,
      says: `a logged slot of a VM with a dirty ring gets flags ${flags} by a batch`,
      config: {},
      ops: [ring(65536), slot(8), batch([entry({ ...page, flags })]), get(1)],
    }
  for (const far of [0, 2 ** 31, 2 ** 32])
    yield {
      id: `dirty/carry/host-pages-apart-${far}`,
      says: `a slot takes another one’s frames, ${far} host pages further`,
      config: {},
      ops: [
        ...[vcpu, slot(8), write(17)],
        batch([removal(1), entry({ ...page, id: 2, hva: HOST + far })]),
        get(2),
      ],
    }
  yield {
    id: 'dirty/carry/by-frame-and-by-id',
    says: 'a large slot moves and another takes its frames and pages: each page has two that carry it',
    config: {},
    ops: [
      ...[vcpu, slot(LARGE), write(16 + LARGE / 2)],
      batch([entry({ ...page, base: 2 ** 30, npages: LARGE }), entry({ ...page, id: 2, npages: LARGE })]),
      ...[get(1), get(2)],
    ],
  }
  for (const runs of [63, 64, 65, 130])
    yield {
      id: `dirty/retired/runs-${runs}`,
      says: `a batch retires ${counted(runs, 'run')} of dirty pages`,
      config: {},
      ops: [
        ...[vcpu, slot(400)],
        ...Array.from({ length: runs }, (_, i) => write(16 + 2 * i)),
        batch([removal(1)]),
      ],
    }
}

const generations = function* (): Generator<Draft> {
  for (const withRing of [false, true])
    for (const [name, ops] of Object.entries(beforeGeneration))
      yield {
        id: `dirty/since-last/${withRing ? 'ring/' : ''}${name}`,
        says: `CLEAR names an old generation, and is refused for another reason: ${name}`,
        config: {},
        ops: [...(withRing ? [ring(65536)] : [vcpu]), protect(1), slot(8), ...ops],
      }
  const changes: Readonly<Record<string, readonly Operation[]>> = {
    nothing: [],
    'other-slot': [set({ id: 2, base: 100, npages: 2, hva: HOST + 100 })],
    flags: [slot(8, 0), slot(8)],
    move: [set({ id: 1, base: 48, npages: 8, hva: HOST, flags: 1 })],
    'failed-move': [set({ id: 1, base: 2 ** 40, npages: 8, hva: HOST, flags: 1 })],
    recreate: [set({ id: 1, base: 16, npages: 0, hva: HOST }), slot(8)],
  }
  for (const [name, between] of Object.entries(changes))
    for (const g of [0, 1, 2, 3, 4, 6, 8, 10]) {
      yield {
        id: `dirty/since/${name}/${g}`,
        says: `CLEAR names generation ${g} after: ${name}`,
        config: {},
        ops: [
          vcpu,
          protect(1),
          slot(8),
          write(17),
          get(1),
          ...between,
          clearing(0, 8, [[0, 8]], { generation: g }),
          get(1),
        ],
      }
      yield {
        id: `dirty/since-bad-bitmap/${name}/${g}`,
        says: `CLEAR names generation ${g} and a bitmap that faults after: ${name}`,
        config: {},
        ops: [
          vcpu,
          protect(1),
          slot(8),
          write(17),
          ...between,
          clearing(0, 8, [[0, 8]], { generation: g, bitmap: 'bad' }),
          get(1),
        ],
      }
    }
}

/**
 * GET and CLEAR in every mode, with right and wrong arguments; what each change leaves of a log; rings; known
 * generations.
 */
export const dirtyDrafts = function* (): Generator<Draft> {
  yield* clears()
  yield* partial()
  yield* errors()
  yield* lifecycles()
  yield* rings()
  yield* generations()
  yield* batches()
}

import type { BatchEntry, Operation } from '../../../spec/terms/operation.js'
import {
  batch,
  type Draft,
  entry,
  get,
  HOST,
  lookup,
  protect,
  read,
  removal,
  set,
  vcpu,
  type Wants,
  write,
} from '../draft/calls.js'

const PAGES = 12
const BASE = 16
const whole = (flags: number) => ({ id: 1, base: BASE, npages: PAGES, hva: HOST, flags })
const part = (id: number, from: number, to: number, flags: number) => ({
  id,
  base: BASE + from,
  npages: to - from,
  hva: HOST + from,
  flags,
})

/** What the thread wanted to do to a slot, as batches of one slot of twelve pages. */
const SHAPES: Readonly<Record<string, (flags: number) => readonly BatchEntry[]>> = {
  ...Object.fromEntries(
    [1, 3, 6, 11].flatMap(at => [
      [`split-${at}`, (f: number) => [entry(part(1, 0, at, f)), entry(part(2, at, PAGES, f))]],
      [`truncate-${at}`, (f: number) => [entry(part(1, 0, at, f))]],
      [`cut-front-${at}`, (f: number) => [entry(part(1, at, PAGES, f))]],
      [
        `split-new-ids-${at}`,
        (f: number) => [removal(1), entry(part(2, 0, at, f)), entry(part(3, at, PAGES, f))],
      ],
      [`grow-${at}`, (f: number) => [entry({ ...whole(f), npages: PAGES + at })]],
      [`slide-${at}`, (f: number) => [entry({ ...whole(f), base: BASE + at })]],
      [`slide-backing-${at}`, (f: number) => [entry({ ...whole(f), hva: HOST + at })]],
      [`slide-both-${at}`, (f: number) => [entry({ ...whole(f), base: BASE + at, hva: HOST + at })]],
    ]),
  ),
  'punch-3-5': f => [entry(part(1, 0, 3, f)), entry(part(2, 5, PAGES, f))],
  'punch-1-11': f => [entry(part(1, 0, 1, f)), entry(part(2, 11, PAGES, f))],
  'three-parts': f => [entry(part(1, 0, 3, f)), entry(part(2, 3, 8, f)), entry(part(3, 8, PAGES, f))],
  'middle-read-only': f => [
    entry(part(1, 0, 3, f)),
    entry(part(2, 3, 8, f ^ 2)),
    entry(part(3, 8, PAGES, f)),
  ],
  'middle-log': f => [entry(part(1, 0, 3, f)), entry(part(2, 3, 8, f ^ 1)), entry(part(3, 8, PAGES, f))],
  'middle-re-backed': f => [
    entry(part(1, 0, 3, f)),
    entry({ ...part(2, 3, 8, f), hva: HOST + 100 }),
    entry(part(3, 8, PAGES, f)),
  ],
  'swap-halves': f => [
    entry({ ...part(1, 0, 6, f), hva: HOST + 6 }),
    entry({ ...part(2, 6, PAGES, f), hva: HOST }),
  ],
  rename: f => [removal(1), entry({ ...whole(f), id: 2 })],
  'rename-and-move': f => [removal(1), entry({ ...whole(f), id: 2, base: 64 })],
  remove: () => [removal(1)],
  'move-away': f => [entry({ ...whole(f), base: 64 })],
  're-back': f => [entry({ ...whole(f), hva: HOST + 100 })],
  'read-only': f => [entry(whole(f ^ 2))],
  log: f => [entry(whole(f ^ 1))],
  'read-only-and-log': f => [entry(whole(f ^ 3))],
  nothing: f => [entry(whole(f))],
  'alias-added': f => [entry({ ...whole(f), id: 2, base: 64 })],
}

const DIRT: Readonly<Record<string, readonly number[]>> = {
  clean: [],
  first: [0],
  last: [PAGES - 1],
  around: [2, 3, 5, 6],
  all: Array.from({ length: PAGES }, (_, i) => i),
}

const after: readonly Operation[] = [
  ...[0, 2, 3, 5, 6, 11, 12].map(page => lookup(BASE + page)),
  lookup(64),
  read(BASE + 3),
  get(1),
  get(2),
  get(3),
]

const ofOneSlot = function* (): Generator<Draft> {
  for (const [shape, entries] of Object.entries(SHAPES))
    for (const flags of [0, 1, 2, 3])
      for (const [dirt, pages] of Object.entries(DIRT)) {
        if ((flags & 1) === 0 && dirt !== 'around') continue
        if ((flags & 2) !== 0 && dirt !== 'around') continue
        for (const wants of ['bits', 'records', 'total'] as const satisfies readonly Wants[])
          for (const mode of [0, 3]) {
            if (wants !== 'bits' && mode === 3) continue
            yield {
              id: `shapes/${shape}/flags-${flags}/${dirt}/${wants}${mode === 3 ? '/all-set' : ''}`,
              says: `${shape.replaceAll('-', ' ')} of a slot${(flags & 1) === 1 ? ' that is logged' : ''}, ${dirt} written`,
              config: {},
              ops: [
                vcpu,
                set(whole(flags)),
                ...pages.map(page => write(BASE + page)),
                ...(mode === 3 ? [protect(3)] : []),
                batch(entries(flags), wants),
                ...after,
              ],
            }
          }
      }
}

const ofTwoSlots = function* (): Generator<Draft> {
  const a = { id: 1, base: 16, npages: 6, hva: HOST }
  const b = { id: 2, base: 22, npages: 6, hva: HOST + 6 }
  const changes: Readonly<Record<string, (f: number, g: number) => readonly BatchEntry[]>> = {
    merge: f => [entry({ ...a, npages: 12, flags: f }), removal(2)],
    'merge-into-second': (_, g) => [removal(1), entry({ ...b, base: 16, npages: 12, hva: HOST, flags: g })],
    exchange: (f, g) => [entry({ ...a, base: 22, flags: f }), entry({ ...b, base: 16, flags: g })],
    'exchange-ids': (f, g) => [entry({ ...b, id: 1, flags: g }), entry({ ...a, id: 2, flags: f })],
    'exchange-backing': (f, g) => [
      entry({ ...a, hva: HOST + 6, flags: f }),
      entry({ ...b, hva: HOST, flags: g }),
    ],
    'border-moves': (f, g) => [
      entry({ ...a, npages: 8, flags: f }),
      entry({ ...b, base: 24, npages: 4, hva: HOST + 8, flags: g }),
    ],
    'border-moves-back': (f, g) => [
      entry({ ...a, npages: 3, flags: f }),
      entry({ ...b, base: 19, npages: 9, hva: HOST + 3, flags: g }),
    ],
    'replace-all': f => [removal(1), removal(2), entry({ id: 3, base: 16, npages: 12, hva: HOST, flags: f })],
    'remove-one': () => [removal(2)],
    'alias-merged': f => [entry({ ...a, flags: f }), entry({ ...b, hva: HOST, flags: f })],
  }
  for (const [change, entries] of Object.entries(changes))
    for (const f of [0, 1, 2, 3])
      for (const g of [0, 1, 2, 3])
        for (const mode of [0, 3]) {
          yield {
            id: `shapes/two/${change}/${f}-${g}${mode === 3 ? '/all-set' : ''}`,
            says: `${change.replaceAll('-', ' ')} of two slots that continue each other, flags ${f} and ${g}`,
            config: {},
            ops: [
              vcpu,
              set({ ...a, flags: f }),
              set({ ...b, flags: g }),
              write(17),
              write(21),
              write(22),
              write(26),
              ...(mode === 3 ? [protect(3)] : []),
              batch(entries(f, g)),
              lookup(17),
              lookup(22),
              lookup(26),
              read(21),
              get(1),
              get(2),
              get(3),
            ],
          }
        }
}

const WIDE = 200

/** Slots of several words of bitmap, cut and moved across word boundaries at every alignment. */
const ofWideSlots = function* (): Generator<Draft> {
  const slot = (id: number, from: number, to: number) => ({
    id,
    base: BASE + from,
    npages: to - from,
    hva: HOST + from,
    flags: 1,
  })
  const dirty = [0, 1, 31, 32, 33, 62, 63, 64, 65, 95, 96, 127, 128, 129, 160, 191, 192, 199]
  for (const at of [1, 5, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 199]) {
    const changes: Readonly<Record<string, readonly BatchEntry[]>> = {
      split: [entry(slot(1, 0, at)), entry(slot(2, at, WIDE))],
      'cut-front': [entry(slot(1, at, WIDE))],
      truncate: [entry(slot(1, 0, at))],
      'slide-backing': [entry({ ...slot(1, 0, WIDE), hva: HOST + at })],
      'slide-frames': [entry({ ...slot(1, 0, WIDE), base: BASE + at })],
      rename: [removal(1), entry({ ...slot(2, 0, WIDE - at) })],
    }
    for (const [change, entries] of Object.entries(changes)) {
      for (const wants of ['bits', 'total'] as const) {
        yield {
          id: `shapes/wide/${change}/${at}/${wants}`,
          says: `${change.replaceAll('-', ' ')} at page ${at} of a logged slot of ${WIDE} pages, written about the edges of its words`,
          config: {},
          ops: [
            vcpu,
            set(slot(1, 0, WIDE)),
            ...dirty.map(page => write(BASE + page)),
            batch(entries, wants),
            get(1),
            get(2),
          ],
        }
      }
    }
  }
  for (const at of [5, 33, 64]) {
    yield {
      id: `shapes/wide/merge/${at}`,
      says: `two logged slots that meet at page ${at} are merged, and their bits with them`,
      config: {},
      ops: [
        vcpu,
        set(slot(1, 0, at)),
        set(slot(2, at, WIDE)),
        ...dirty.map(page => write(BASE + page)),
        batch([entry(slot(1, 0, WIDE)), removal(2)]),
        get(1),
        get(2),
      ],
    }
  }
}

/** Split, merge, truncate, grow, punch, exchange, replace: of logged and unlogged slots, however dirty. */
export const shapeDrafts = function* (): Generator<Draft> {
  yield* ofOneSlot()
  yield* ofTwoSlots()
  yield* ofWideSlots()
}

import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import { get, HOST, protect, remove, set, vcpu } from '../draft/calls.js'
import { listed, type Short } from '../exhaustive/listed.js'
import { ACCESSES } from './words.js'

const BASE = 16
const PAGES = 130
const slot = (flags = 1, base = BASE) => set({ id: 1, base, npages: PAGES, hva: HOST, flags })
/** The same memory, past the log. */
const alias = set({ id: 2, base: 400, npages: PAGES, hva: HOST })

const clear = (first: number, count: number, pages: readonly Run[]): Operation => ({
  op: 'clear-dirty',
  as: 0,
  id: 1,
  first: u64(first),
  count,
  pages,
})

/** What comes between the first access and the second. */
const BETWEEN: Readonly<Record<string, (page: number) => readonly Operation[]>> = {
  nothing: () => [],
  get: () => [get(1)],
  'get-twice': () => [get(1), get(1)],
  'get-fails': () => [{ op: 'get-dirty', as: 0, id: 1, bitmap: 'bad' }],
  'clear-all': () => [clear(0, PAGES, [[0, PAGES]])],
  'clear-it': page => [clear(0, PAGES, [[page, 1]])],
  'clear-word': () => [clear(64, 64, [[64, 64]])],
  'clear-none': () => [clear(0, PAGES, [])],
  'log-off-on': () => [slot(0), slot()],
  'log-off': () => [slot(0)],
  repeated: () => [slot()],
  moved: () => [slot(1, 200), slot()],
  'through-the-alias': page => Object.values(ACCESSES).map(one => one(400 + page)),
}

const all = function* (): Generator<() => Short> {
  for (const mode of [0, 1, 3])
    for (const page of [0, 63, 64, 129])
      for (const [a, one] of Object.entries(ACCESSES).filter(([name]) => name !== 'fetch'))
        for (const [name, between] of Object.entries(BETWEEN))
          for (const [b, other] of [['none', null] as const, ...Object.entries(ACCESSES)])
            yield () => ({
              id: `mode-${mode}/page-${page}/${a}/${name}/${b}`,
              ops: [
                protect(mode),
                slot(),
                one(BASE + page),
                ...between(page),
                ...(other === null ? [] : [other(BASE + page)]),
                get(1),
                get(1),
                remove(1),
                protect(0),
              ],
            })
}

/** What a guest that is running leaves in a dirty log, in every mode, around every call that consumes or keeps it. */
export const guestDirty = listed({
  name: 'guest/dirty',
  says: 'an access of a running guest to a logged page, a call of the log, and another access',
  cites: ['kvm_main.c: kvm_get_dirty_log_protect, kvm_clear_dirty_log_protect', 'real-kvm.md, Dirty log'],
  config: {},
  setup: [vcpu, alias],
  cases: all,
  whole: true,
})

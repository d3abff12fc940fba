import type { Operation } from '../../../spec/terms/operation.js'
import { FLAGS, get, HOST, remove, set, vcpu } from '../draft/calls.js'
import { listed, type Short } from '../exhaustive/listed.js'
import { ACCESSES, poked } from './words.js'

const BASE = 16
const AWAY = 80
const PAGES = 4

/** The slot of the case, with some of it otherwise. */
const slot = (flags: number, { id = 1, base = BASE, npages = PAGES, hva = HOST } = {}) =>
  set({ id, base, npages, hva, flags })

/** Changes by single calls, as a guest that looks before and after sees them. */
const CHANGES: Readonly<Record<string, (flags: number) => readonly Operation[]>> = {
  delete: () => [remove(1)],
  'delete-create': flags => [remove(1), slot(flags)],
  'move-away': flags => [slot(flags, { base: AWAY })],
  'move-and-back': flags => [slot(flags, { base: AWAY }), slot(flags)],
  'move-over-itself': flags => [slot(flags, { base: BASE + 1 })],
  log: flags => [slot(flags ^ FLAGS.log)],
  'other-memory': flags => [remove(1), slot(flags, { hva: HOST + 8 })],
  'read-only': flags => [remove(1), slot(flags ^ FLAGS.ro)],
  shorter: flags => [remove(1), slot(flags, { npages: 2 })],
  split: flags => [
    remove(1),
    slot(flags, { npages: 2 }),
    slot(flags, { id: 2, base: BASE + 2, npages: 2, hva: HOST + 2 }),
  ],
  neighbours: flags => [slot(flags, { id: 2, base: BASE - 4 }), slot(flags, { id: 3, base: BASE + 4 })],
  refused: flags => [slot(flags, { npages: PAGES + 1 }), slot(flags, { id: 2, base: BASE + 1 })],
}

const all = function* (): Generator<() => Short> {
  for (const [name, flags] of Object.entries(FLAGS))
    for (const [a, one] of Object.entries(ACCESSES))
      for (const [which, change] of Object.entries(CHANGES))
        for (const [b, other] of Object.entries(ACCESSES))
          for (const page of [0, 1, 3])
            yield () => ({
              id: `${name}/${a}/${which}/${b}/page-${page}`,
              ops: [
                poked(page),
                poked(page + 8),
                slot(flags),
                one(BASE + page),
                ...change(flags),
                other(BASE + page),
                other(AWAY + page),
                other(BASE + page + 1),
                get(1),
                get(2),
                ...[1, 2, 3].map(id => remove(id)),
              ],
            })
}

/** Slots that change between two accesses of a guest. */
export const guestChanges = listed({
  name: 'guest/changes',
  says: 'an access of a running guest, a change of the slots by single calls, and accesses after it',
  cites: ['kvm_main.c: kvm_set_memory_region', 'SEMANTICS 3', 'real-kvm.md, Dirty log'],
  config: {},
  setup: [vcpu],
  cases: all,
  whole: true,
})

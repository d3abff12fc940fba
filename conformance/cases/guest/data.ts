import type { Operation } from '../../../spec/terms/operation.js'
import { get, set, vcpu } from '../draft/calls.js'
import { listed, type Short } from '../exhaustive/listed.js'
import { HOLE, pageBehind, poked, SLOTS } from './words.js'

const SIZES = [1, 2, 4, 8] as const
const BYTES = 'f1e2d3c4b5a69788'

type Kind = 'read' | 'write' | 'rmw'
const KINDS: readonly Kind[] = ['read', 'write', 'rmw']

const access = (kind: Kind, gfn: number, offset: number, size: number): Operation =>
  kind === 'read'
    ? { op: 'read', vcpu: 0, gfn, offset, size }
    : { op: kind, vcpu: 0, gfn, offset, data: BYTES.slice(0, size * 2) }

/** Aligned and not, at both ends of the page, and over the bytes that the host put there. */
const offsets = (size: number): readonly number[] => [0, 1, 18, 21, 4096 - size]

/** What was done to the page before. */
const BEFORE: Readonly<Record<string, (gfn: number) => readonly Operation[]>> = {
  nothing: () => [],
  read: gfn => [access('read', gfn, 16, 8)],
  written: gfn => [access('write', gfn, 20, 2)],
  exchanged: gfn => [access('rmw', gfn, 17, 4)],
}

const PLACES = { ...SLOTS, hole: { id: 0, base: HOLE, npages: 4, hva: SLOTS.writable.hva } } as const

const all = function* (): Generator<() => Short> {
  for (const [place, slot] of Object.entries(PLACES))
    for (const kind of KINDS)
      for (const size of SIZES)
        for (const offset of offsets(size))
          for (const [name, before] of Object.entries(BEFORE)) {
            const gfn = slot.base + 1
            yield () => ({
              id: `${place}/${kind}-${size}/offset-${offset}/${name}`,
              ops: [
                poked(pageBehind(slot, 1)),
                get(2),
                ...before(gfn),
                access(kind, gfn, offset, size),
                access('read', gfn, offset, size),
                get(2),
                get(4),
              ],
            })
          }
}

/** Loads, stores and exchanges of every size on every kind of page. */
export const guestData = listed({
  name: 'guest/data',
  says: 'a load, a store or an exchange of a running guest, by size and offset, on a page of each kind',
  cites: ['real-kvm.md, Data', 'real-kvm.md, Dirty log', 'SEMANTICS 1: access'],
  config: {},
  setup: [vcpu, ...Object.values(SLOTS).map(set)],
  cases: all,
  whole: true,
})

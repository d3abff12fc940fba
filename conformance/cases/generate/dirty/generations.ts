import type { Operation } from '../../../../spec/terms/operation.js'
import { type Draft, get, HOST, protect, ring, set, vcpu, write } from '../../draft/calls.js'
import { clearing, slot } from './logged.js'

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

/** CLEAR that names a generation, before and after changes. */
export const generations = function* (): Generator<Draft> {
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

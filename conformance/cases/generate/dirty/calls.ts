import { counted } from '../../../../spec/terms/counted.js'
import type { GetDirtyCall, Operation } from '../../../../spec/terms/operation.js'
import type { Run } from '../../../../spec/terms/page-set.js'
import { type Draft, get, HOST, protect, ring, set, vcpu, write } from '../../draft/calls.js'
import { clearing, MODES, slot, traffic } from './logged.js'

/** Ranges of CLEAR: aligned, unaligned, at the end of the slot, beyond it and across it. */
const RANGES = [0, 1, 32, 63, 64, 65, 128, 192].flatMap(first =>
  [0, 1, 63, 64, 65, 128, 136].map(count => ({ first, count })),
)

/** CLEAR of every range, each bit given. */
export const clears = function* (): Generator<Draft> {
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

/** CLEAR of some bits. */
export const partial = function* (): Generator<Draft> {
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

/** GET and CLEAR with one or two wrong arguments. */
export const errors = function* (): Generator<Draft> {
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

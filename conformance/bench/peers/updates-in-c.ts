import type { Contender } from '../contender.js'
import { hvasOf, type Trace } from '../slots/trace.js'
import { nativeOf } from './native.js'

type Handle = { readonly pointer: never }

/** Two sets of slots in C, each one tree, or what the kernel keeps: two trees and a table by id. */
export interface UpdatesInC {
  readonly contender: Contender
  /** Runs the trace once; then the ids of each set by frame, and how often a range was taken. */
  readonly once: () => { readonly sets: readonly (readonly number[])[]; readonly overlaps: number }
}

const idsOf = (
  ids: (it: Handle, set: number, into: Int32Array) => number,
  it: Handle,
  slots: number,
  set: number,
): readonly number[] => {
  const into = new Int32Array(slots)
  return [...into.subarray(0, ids(it, set, into))]
}

export const updatesInC = (trace: () => Trace, whole: boolean): UpdatesInC => {
  const c = nativeOf('update')
  const make = c.function<
    (base: Float64Array, npages: Float64Array, hva: Float64Array, slots: number, whole: number) => Handle
  >('void *update_new(const double *base, const double *npages, const double *hva, int slots, int whole)')
  const give = c.function<(it: Handle, changes: Float64Array, count: number, entries: number) => void>(
    'void update_trace(void *u, const double *trace, int changes, int entries)',
  )
  const run = c.function<(it: Handle, times: number) => number>('int update_run(void *u, int times)')
  const ids = c.function<(it: Handle, set: number, into: Int32Array) => number>(
    'int update_ids(void *u, int set, _Out_ int *ids)',
  )
  const overlaps = c.function<(it: Handle) => number>('int update_overlaps(void *u)')
  let made: Handle | null = null
  const handle = () => {
    if (made === null) {
      const { layout, changes, count, entries } = trace()
      made = make(layout.base, layout.npages, hvasOf(layout), layout.slots, whole ? 1 : 0)
      give(made, changes, count, entries)
    }
    return made
  }
  return {
    contender: {
      name: whole ? 'C, two sets: two trees, ids' : 'C, two sets: a tree',
      run: times => run(handle(), times),
    },
    once: () => {
      const { count, entries, layout } = trace()
      run(handle(), count / entries)
      return {
        sets: [0, 1].map(set => idsOf(ids, handle(), layout.slots, set)),
        overlaps: overlaps(handle()),
      }
    },
  }
}

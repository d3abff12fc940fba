import type { Contender } from '../contender.js'
import type { Layout } from '../slots/layout.js'
import { nativeOf } from './native.js'

/** Pieces of work of one time: a call of C costs as much as several look-ups. */
export const BLOCK = 1024

type Handle = { readonly pointer: never }

/** Looking up slots in C. Its memory is never given back: it lasts as long as the run. */
export interface LookupInC {
  readonly tree: Contender
  readonly treeLastUsed: Contender
  readonly array: Contender
  /** What each of the three answers to each query. */
  readonly answers: () => readonly Int32Array[]
}

const looping = (name: string, handle: () => Handle, loop: () => (it: Handle, times: number) => number) => ({
  name,
  pieces: BLOCK,
  run: (times: number) => loop()(handle(), times * BLOCK),
})

export const lookupInC = (layout: () => Layout, queries: () => Float64Array): LookupInC => {
  let made: Handle | null = null
  const c = nativeOf('lookup')
  const make = c.function<
    (base: Float64Array, npages: Float64Array, n: number, gfns: Float64Array, count: number) => Handle
  >('void *lookup_new(const double *base, const double *npages, int slots, const double *gfns, int queries)')
  const handle = () => {
    if (made === null) {
      const { base, npages, slots } = layout()
      made = make(base, npages, slots, queries(), queries().length)
    }
    return made
  }
  const loop = (name: string) => {
    const run = c.function<(it: Handle, times: number) => number>(`int ${name}(void *l, int times)`)
    return () => run
  }
  const tell = c.function<(it: Handle, tree: Int32Array, lastUsed: Int32Array, array: Int32Array) => void>(
    'void lookup_answers(void *l, _Out_ int *tree, _Out_ int *last_used, _Out_ int *array)',
  )
  return {
    tree: looping('C red-black tree', handle, loop('lookup_tree')),
    treeLastUsed: looping('C red-black tree, last used', handle, loop('lookup_tree_last_used')),
    array: looping('C sorted array', handle, loop('lookup_array')),
    answers: () => {
      const answers = [0, 1, 2].map(() => new Int32Array(queries().length)) as [
        Int32Array,
        Int32Array,
        Int32Array,
      ]
      tell(handle(), ...answers)
      return answers
    },
  }
}

import type { Contender } from '../contender.js'
import type { HvaLayout } from '../slots/hva-layout.js'
import { nativeOf } from './native.js'
import { BLOCK } from './slots-in-c.js'

type Handle = { readonly pointer: never }

/** Asking for the slots of host pages in C. */
export interface HvasInC {
  readonly contender: Contender
  /** Of each query, the numbers it finds and one for each, added up. */
  readonly answers: () => Int32Array
}

export const hvasInC = (layout: () => HvaLayout): HvasInC => {
  const c = nativeOf('hva')
  const make = c.function<
    (
      hva: Float64Array,
      npages: Float64Array,
      slots: number,
      first: Float64Array,
      pages: Float64Array,
      n: number,
    ) => Handle
  >(
    'void *hvas_new(const double *hva, const double *npages, int slots, const double *first, const double *pages, int queries)',
  )
  const query = c.function<(it: Handle, times: number) => number>('int hvas_query(void *h, int times)')
  const tell = c.function<(it: Handle, sums: Int32Array) => void>(
    'void hvas_answers(void *h, _Out_ int *sums)',
  )
  let made: Handle | null = null
  const handle = () => {
    if (made === null) {
      const { hva, npages, slots, first, pages } = layout()
      made = make(hva, npages, slots, first, pages, first.length)
    }
    return made
  }
  return {
    contender: { name: 'C interval tree', pieces: BLOCK, run: times => query(handle(), times * BLOCK) },
    answers: () => {
      const sums = new Int32Array(layout().first.length)
      tell(handle(), sums)
      return sums
    },
  }
}

import { layoutOf, unitRandom } from './layout.js'

/** Slots by host pages, and ranges that are asked for. */
export interface HvaLayout {
  readonly slots: number
  readonly hva: Float64Array
  readonly npages: Float64Array
  readonly first: Float64Array
  readonly pages: Float64Array
}

const QUERIES = 2 ** 17
const MANY_PAGES = 512
const ONE_IN = 10

/**
 * Mixed slots by host pages. With aliases one in ten shows host pages that another has, and one slot shows those of all:
 * what a tree that knows only starts and ends in order would have to search for its whole length.
 */
export const hvaLayoutOf = (slots: number, aliases: boolean): HvaLayout => {
  const { base, npages } = layoutOf('mixed', slots)
  const random = unitRandom(slots + 1)
  const hva = base.map(gfn => 2 ** 33 + gfn)
  const sizes = npages.slice()
  if (aliases) {
    for (let i = ONE_IN - 1; i < slots; i += ONE_IN) {
      const other = Math.floor(random() * slots)
      hva[i] = hva[other] as number
    }
    hva[0] = hva.reduce((least, at) => Math.min(least, at))
    sizes[0] = base.reduce((most, at) => Math.max(most, at))
  }
  const pages = new Float64Array(QUERIES)
  const first = pages.map((_, i) => {
    pages[i] = i % 2 === 0 ? 1 : MANY_PAGES
    const slot = Math.floor(random() * slots)
    return (hva[slot] as number) + Math.floor(random() * (npages[slot] as number))
  })
  return { slots, hva, npages: sizes, first, pages }
}

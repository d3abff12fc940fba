import { describe, expect, it } from 'vitest'
import { below, chance, type Random, seeded, spaceWithin } from '../generate/index.js'
import { carried, resultBound, retire, sourceless } from './carry.js'
import { cleanLog } from './dirty-log.js'
import { hvaPage, slotId } from './numbers.js'
import { hasPage, ofRuns, type PageSet } from './page-set.js'
import { defaultParameters, type Parameters } from './parameters.js'
import type { Slot } from './slot.js'

/** A page of a slot as semantics.md speaks of it, and what its bit says. */
interface Page {
  readonly slot: Slot
  readonly index: number
  readonly gfn: number
  readonly hva: number
}
const pagesOf = (slot: Slot): readonly Page[] =>
  Array.from({ length: slot.npages }, (_, index) => ({
    slot,
    index,
    gfn: slot.base + index,
    hva: slot.hva + index,
  }))
const bit = ({ slot, index }: Page): 'set' | 'maybe' | 'clear' => {
  const log = slot.dirty ?? cleanLog
  return hasPage(log.set, index) ? 'set' : hasPage(log.maybe, index) ? 'maybe' : 'clear'
}
/** "The LOG pages of S with the same hva page and the same gfn or the same slot id." */
const isSource = (p: Page, of: Page): boolean =>
  p.slot.log && of.slot.log && p.hva === of.hva && (p.gfn === of.gfn || p.slot.id === of.slot.id)

const sourcesOf = (page: Page, before: readonly Slot[]) =>
  before.flatMap(pagesOf).filter(p => isSource(p, page))
const or = (bits: readonly string[]) =>
  bits.includes('set') ? 'set' : bits.includes('maybe') ? 'maybe' : 'clear'

const setOf = (pages: readonly Page[]): PageSet => ofRuns(pages.map(p => [p.index, 1] as const))

const params: Parameters = { ...defaultParameters, slotLimit: 8, exact: false }
/** An old and a new set that share backings: slots cut, moved, renamed and re-backed as well as drawn afresh. */
const twoSets = (r: Random): readonly [readonly Slot[], readonly Slot[]] => {
  const draw = () => spaceWithin(r, 0, { params, ring: false, wide: false }).slots
  const before = draw()
  const changed = before.map((s, i): Slot => {
    const npages = chance(r, 0.3) ? 1 + below(r, s.npages) : s.npages
    const id = slotId(chance(r, 0.3) ? 20 + i : s.id)
    const hva = chance(r, 0.2) ? hvaPage(s.hva + below(r, 3)) : s.hva
    return { ...s, npages, id, hva, log: chance(r, 0.8) ? s.log : !s.log }
  })
  return [before, chance(r, 0.3) ? draw() : changed.filter(() => chance(r, 0.9))]
}
const thousands = (seed: number, check: (before: readonly Slot[], after: readonly Slot[]) => void) => {
  const r = seeded(seed)
  for (let n = 0; n < 2500; n++) check(...twoSets(r))
}

describe('carrying logs, against the text read page by page', () => {
  it.each([false, true])(
    'starts each page from its sources, and fresh without one: initially all set %o',
    fresh => {
      const met = new Set<number>()
      thousands(51, (before, after) => {
        for (const slot of after.filter(s => s.log)) {
          const log = carried(slot, before, fresh)
          for (const page of pagesOf(slot)) {
            const sources = sourcesOf(page, before)
            met.add(sources.length)
            const expected = sources.length === 0 ? (fresh ? 'set' : 'clear') : or(sources.map(bit))
            expect(bit({ ...page, slot: { ...slot, dirty: log } })).toBe(expected)
          }
        }
      })
      expect([...met].toSorted()).toEqual([0, 1, 2])
    },
  )

  it('retires exactly the set bits of pages that are no page’s source, by slot of the old set in order of id', () => {
    let retiredOnce = 0
    thousands(52, (before, after) => {
      const orphans = before
        .filter(s => s.log)
        .map(slot => ({
          slot,
          pages: pagesOf(slot).filter(p => !after.flatMap(pagesOf).some(q => isSource(p, q))),
        }))
      const expected = orphans
        .map(({ slot: { id, base, npages }, pages }) => ({
          id,
          base,
          npages,
          set: setOf(pages.filter(p => bit(p) === 'set')),
          maybe: setOf(pages.filter(p => bit(p) === 'maybe')),
        }))
        .filter(({ set, maybe }) => set.length + maybe.length > 0)
        .toSorted((a, b) => a.id - b.id)
      expect(retire(before, after)).toEqual(expected)
      if (expected.length > 0) retiredOnce++
      for (const { slot, pages } of orphans) expect(sourceless(slot, after)).toEqual(setOf(pages))
    })
    expect(retiredOnce).toBeGreaterThan(500)
  })

  it('loses no bit: each set bit of the old set is in a new log or is retired', () => {
    thousands(53, (before, after) => {
      const retired = new Map(retire(before, after).map(record => [record.id, record.set]))
      for (const page of before.flatMap(pagesOf).filter(p => bit(p) === 'set')) {
        const kept = after.some(slot =>
          pagesOf(slot).some(q => isSource(page, q) && hasPage(carried(slot, before, false).set, q.index)),
        )
        expect(kept).not.toBe(hasPage(retired.get(page.slot.id) ?? [], page.index))
      }
    })
  })

  it('bounds the result by one record, and one bitmap if wanted, for each slot that may retire a page', () => {
    thousands(54, (before, after) => {
      const slots = before.filter(
        s => s.log && pagesOf(s).some(p => !after.flatMap(pagesOf).some(q => isSource(p, q))),
      )
      const bitmaps = slots.reduce((bytes, { npages }) => bytes + Math.ceil(npages / 64) * 8, 0)
      expect(resultBound(before, after, false)).toBe(slots.length * 32)
      expect(resultBound(before, after, true)).toBe(slots.length * 32 + bitmaps)
      expect(retire(before, after).length).toBeLessThanOrEqual(slots.length)
    })
  })
})

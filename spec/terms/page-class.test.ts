import { describe, expect, it } from 'vitest'
import { below, machineWith, type Random, seeded, spaceWithin } from '../generate/index.js'
import { classify, type MappedClass, owed, PAGE_CLASSES, type PageClass, stretches } from './page-class.js'
import { countPages, hasPage } from './page-set.js'
import { defaultParameters, type Parameters } from './parameters.js'
import { endOf, type Slot } from './slot.js'

/** `T` of semantics.md §1: what lies behind one frame. */
interface Mapped {
  readonly hva: number
  readonly ro: boolean
  readonly log: boolean
  readonly gmem: boolean
}
const behind = (slots: readonly Slot[], frame: number): Mapped | null => {
  const slot = slots.find(s => s.base <= frame && frame < s.base + s.npages)
  return slot === undefined
    ? null
    : { hva: slot.hva + frame - slot.base, ro: slot.ro, log: slot.log, gmem: slot.gmem !== false }
}

/** The table of semantics.md §2, row by row: a class and its condition. */
const TABLE: readonly (readonly [PageClass, (before: Mapped | null, after: Mapped | null) => boolean])[] = [
  ['unchanged hole', (t, u) => t === null && u === null],
  ['appeared', (t, u) => t === null && u !== null],
  ['vanished', (t, u) => t !== null && u === null],
  ['redirected', (t, u) => t?.hva !== u?.hva || t?.gmem !== u?.gmem],
  ['restricted', (t, u) => t?.ro === false && u?.ro === true],
  ['logged', (t, u) => t?.log === false && u?.log === true && u.ro === false],
  [
    'relaxed',
    (t, u) =>
      (t?.ro === true && u?.ro === false) ||
      (t?.log === true && u?.log === false) ||
      (t?.log === false && u?.log === true && t.ro && u.ro),
  ],
  ['kept', (t, u) => t?.hva === u?.hva && t?.ro === u?.ro && t?.log === u?.log],
]

const params: Parameters = { ...defaultParameters, slotLimit: 8, guestMemfd: true }
/** Two sets of a small space; at times the second is the first with flags or backing changed. */
const twoSets = (r: Random): readonly [readonly Slot[], readonly Slot[]] => {
  const draw = () => spaceWithin(r, 0, { params, ring: false, wide: false }).slots
  const before = draw()
  if (below(r, 2) === 0) return [before, draw()]
  return [
    before,
    before.flatMap(s =>
      below(r, 6) === 0
        ? []
        : [{ ...s, ro: below(r, 2) === 0, log: below(r, 2) === 0, gmem: below(r, 4) === 0 }],
    ),
  ]
}
const lastFrame = (...sets: readonly (readonly Slot[])[]) => Math.max(0, ...sets.flat().map(endOf))

describe('the classes of pages', () => {
  it('are those of a naive classification page by page, and every page has exactly one', () => {
    const r = seeded(31)
    const met = new Set<PageClass>()
    const wrong: unknown[] = []
    for (let n = 0; n < 3000; n++) {
      const [before, after] = twoSets(r)
      const classes = classify(before, after)
      for (let frame = 0; frame <= lastFrame(before, after); frame++) {
        const [t, u] = [behind(before, frame), behind(after, frame)]
        const expected = TABLE.find(([, applies]) => applies(t, u))?.[0]
        const found = (Object.keys(classes) as MappedClass[]).filter(name => hasPage(classes[name], frame))
        if (found.join() !== (expected === 'unchanged hole' ? '' : expected))
          wrong.push([t, u, found, expected])
        if (expected !== undefined) met.add(expected)
      }
    }
    expect(wrong).toEqual([])
    expect(PAGE_CLASSES.filter(name => !met.has(name))).toEqual([])
  })

  it('stand in the order of the table', () => {
    expect(PAGE_CLASSES).toEqual(TABLE.map(([name]) => name))
  })

  it('are owed where a page vanishes, is redirected or is restricted, and nowhere else', () => {
    const r = seeded(32)
    for (let n = 0; n < 1000; n++) {
      const [before, after] = twoSets(r)
      const classes = classify(before, after)
      const pages = owed(classes)
      for (const name of Object.keys(classes) as MappedClass[]) {
        const is = ['vanished', 'redirected', 'restricted'].includes(name)
        for (let frame = 0; frame <= lastFrame(before, after); frame++)
          if (hasPage(classes[name], frame)) expect(hasPage(pages, frame)).toBe(is)
      }
    }
  })

  it('are all kept between a set and itself', () => {
    const r = seeded(33)
    for (let n = 0; n < 300; n++) {
      const { slots } = machineWith(r).spaces[0] as { slots: readonly Slot[] }
      const { kept, ...others } = classify(slots, slots)
      expect(countPages(kept)).toBe(slots.reduce((sum, slot) => sum + slot.npages, 0))
      expect(Object.values(others).flat()).toEqual([])
    }
  })
})

describe('stretches', () => {
  it('cover every mapped frame once, in order, and name what lies behind all of each', () => {
    const r = seeded(34)
    for (let n = 0; n < 2000; n++) {
      const [before, after] = twoSets(r)
      let end = 0
      for (const stretch of stretches(before, after)) {
        for (let hole = end; hole < stretch.from; hole++)
          expect([behind(before, hole), behind(after, hole)]).toEqual([null, null])
        for (let frame = stretch.from; frame < stretch.to; frame++) {
          const inside = (s: Slot | null) => (s === null ? null : s.base <= frame && frame < endOf(s))
          expect([inside(stretch.before), inside(stretch.after)]).not.toContain(false)
          expect(stretch.before === null).toBe(behind(before, frame) === null)
          expect(stretch.after === null).toBe(behind(after, frame) === null)
        }
        end = stretch.to
      }
      expect(end).toBe(lastFrame(before, after))
    }
  })
})

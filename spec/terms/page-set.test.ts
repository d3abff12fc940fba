import { describe, expect, it } from 'vitest'
import { below, between, type Random, seeded } from '../generate/index.js'
import * as set from './page-set.js'

const UNIVERSE = 24
const PAGES = Array.from({ length: UNIVERSE + 8 }, (_, i) => i - 1)

/** A random set both ways: as the specification has it, and as a naive set of page numbers. */
const drawn = (r: Random): readonly [set.PageSet, ReadonlySet<number>] => {
  const runs = Array.from({ length: below(r, 5) }, () => [below(r, UNIVERSE), between(r, 0, 5)] as const)
  const naive = new Set(runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)))
  return [set.ofRuns(runs), naive]
}
const pagesOf = (a: set.PageSet) =>
  set.runsOf(a).flatMap(([first, n]) => Array.from({ length: n }, (_, i) => first + i))
const naively = (pages: Iterable<number>) => [...pages].toSorted((a, b) => a - b)

const thousands = (seed: number, check: (r: Random) => void) => {
  const r = seeded(seed)
  for (let n = 0; n < 5000; n++) check(r)
}

describe('a set of pages against a naive set of numbers', () => {
  it('has the same pages after union, intersection and difference', () => {
    thousands(1, r => {
      const [a, x] = drawn(r)
      const [b, y] = drawn(r)
      expect(pagesOf(set.union(a, b))).toEqual(naively(new Set([...x, ...y])))
      expect(pagesOf(set.intersect(a, b))).toEqual(naively([...x].filter(page => y.has(page))))
      expect(pagesOf(set.subtract(a, b))).toEqual(naively([...x].filter(page => !y.has(page))))
    })
  })
  it('agrees on membership, count, emptiness and inclusion', () => {
    thousands(2, r => {
      const [a, x] = drawn(r)
      const [b, y] = drawn(r)
      const wrong = PAGES.filter(page => set.hasPage(a, page) !== x.has(page))
      expect(wrong).toEqual([])
      expect(set.countPages(a)).toBe(x.size)
      expect(set.isEmpty(a)).toBe(x.size === 0)
      expect(set.isSubset(a, b)).toBe([...x].every(page => y.has(page)))
      expect(set.equalSets(a, b)).toBe(naively(x).join() === naively(y).join())
    })
  })
  it('has one of the pages of a range exactly where a walk over the range finds one', () => {
    thousands(6, r => {
      const [a, x] = drawn(r)
      const from = below(r, UNIVERSE)
      const to = from + between(r, -1, 6)
      expect(set.hasAnyOf(a, from, to)).toBe([...x].some(page => from <= page && page < to))
    })
  })
  it('takes a range in place as its union with the range', () => {
    thousands(7, r => {
      const [a] = drawn(r)
      const from = below(r, UNIVERSE)
      const to = from + between(r, -1, 6)
      const building = [...a]
      set.addRange(building, from, to)
      expect(building).toEqual(set.union(a, set.pageRange(from, to)))
    })
  })
  it('moves every page by the same distance, and back', () => {
    thousands(3, r => {
      const [a, x] = drawn(r)
      const by = between(r, -9, 9)
      expect(pagesOf(set.shift(a, by))).toEqual(naively([...x].map(page => page + by)))
      expect(set.shift(set.shift(a, by), -by)).toEqual(a)
    })
  })
})

describe('the canonical form', () => {
  const isCanonical = (a: set.PageSet) =>
    a.length % 2 === 0 && a.every((edge, i) => i === 0 || edge > (a[i - 1] as number))

  it('is kept by every operation: ascending, disjoint, nothing adjacent, nothing empty', () => {
    thousands(4, r => {
      const [[a], [b]] = [drawn(r), drawn(r)]
      for (const result of [a, set.union(a, b), set.intersect(a, b), set.subtract(a, b), set.shift(a, 3)])
        expect(isCanonical(result)).toBe(true)
    })
  })
  it('makes equal sets equal arrays, however they were made', () => {
    thousands(5, r => {
      const [[a], [b]] = [drawn(r), drawn(r)]
      expect(set.union(set.subtract(a, b), set.intersect(a, b))).toEqual(a)
      expect(set.union(a, b)).toEqual(set.union(b, a))
      expect(set.subtract(a, set.subtract(a, b))).toEqual(set.intersect(a, b))
      expect(set.ofRuns(set.runsOf(a).toReversed())).toEqual(a)
    })
  })
  it('joins adjacent and overlapping runs, and drops empty ones', () => {
    expect(
      set.ofRuns([
        [4, 2],
        [0, 4],
        [9, 0],
        [5, 3],
      ]),
    ).toEqual([0, 8])
    expect(set.pageRange(5, 5)).toEqual(set.noPages)
    expect(set.pageRange(6, 5)).toEqual(set.noPages)
  })
})

import { describe, expect, it } from 'vitest'
import { appendWordRuns, popcount } from './bit-words.js'
import type { Ranges } from './calls.js'
import { DirtyBitmap } from './dirty-bitmap.js'

function xorshift(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** The runs of a naive bitmap. */
function runsOf(bits: boolean[], first = 0, count = bits.length): Ranges {
  const runs: Ranges = []
  for (let page = first; page < first + count; page++) {
    if (!bits[page]) continue
    if (page > first && bits[page - 1]) runs[runs.length - 1]![1]++
    else runs.push([page, 1])
  }
  return runs
}

describe('a word of bits', () => {
  it.each([0, 1, -1, 0x8000_0000 | 0, 0x7fff_ffff, 0x5a5a_0ff0])('gives the runs and number of %i', word => {
    const bits = Array.from({ length: 32 }, (_, i) => ((word >>> i) & 1) === 1)
    const runs: Ranges = []
    appendWordRuns(runs, 0, word)
    expect(runs).toEqual(runsOf(bits))
    expect(popcount(word)).toBe(bits.filter(Boolean).length)
  })
})

describe('a dirty bitmap', () => {
  it('starts clear, and gives up at a harvest what was marked', () => {
    const log = new DirtyBitmap(100)
    for (const page of [0, 31, 32, 99]) log.set(page)
    expect(log.test(31)).toBe(true)
    expect(log.harvest()).toEqual([
      [0, 1],
      [31, 2],
      [99, 1],
    ])
    expect(log.ranges()).toEqual([])
  })

  it('never sets a bit beyond its last page', () => {
    const log = new DirtyBitmap(70)
    log.fill(0, 70, true)
    expect(log.ranges()).toEqual([[0, 70]])
    expect(log.count()).toBe(70)
  })

  it('holds the largest slot, clear or all set, without allocating its pages', () => {
    const npages = 2 ** 31 - 1
    const log = new DirtyBitmap(npages)
    log.set(npages - 1)
    log.set(2 ** 30)
    expect(log.ranges()).toEqual([
      [2 ** 30, 1],
      [npages - 1, 1],
    ])
    log.fill(0, npages, true)
    log.fill(100_000, 1, false)
    expect(log.count()).toBe(npages - 1)
    expect(log.ranges()).toEqual([
      [0, 100_000],
      [100_001, npages - 100_001],
    ])
  })

  it('does not let a change of one all-set bitmap reach another', () => {
    const [one, two] = [new DirtyBitmap(65_536 * 2), new DirtyBitmap(65_536 * 2)]
    one.fill(0, one.npages, true)
    two.fill(0, two.npages, true)
    one.fill(5, 1, false)
    one.merge(two, 0, 65_536, 65_536)
    expect(two.count()).toBe(65_536 * 2)
    expect(one.count()).toBe(65_536 * 2 - 1)
  })

  it.each([1, 2, 3])('agrees with an array of booleans under random calls, seed %i', seed => {
    const random = xorshift(seed * 7_368_787)
    const npages = [200, 65_536 + 77, 131_072][seed - 1]!
    const log = new DirtyBitmap(npages)
    const bits = new Array<boolean>(npages).fill(false)
    const other = new DirtyBitmap(npages)
    const otherBits = new Array<boolean>(npages).fill(false)
    // Half of the positions are near a word or chunk border, where mistakes live.
    const position = () =>
      Math.min(npages, random(2) ? random(npages + 1) : [32, 64, 65_536][random(3)]! + random(5) - 2)
    for (let step = 0; step < 400; step++) {
      const [a, b] = [position(), position()]
      const first = Math.min(a, b)
      const count = Math.abs(a - b)
      const call = random(5)
      if (call === 0 && first < npages) {
        log.set(first)
        bits[first] = true
      } else if (call === 1) {
        const on = random(2) === 1
        log.fill(first, count, on)
        bits.fill(on, first, first + count)
      } else if (call === 2) {
        other.fill(first, count, step % 3 !== 0)
        otherBits.fill(step % 3 !== 0, first, first + count)
      } else if (call === 3) {
        const to = Math.min(position(), npages - count)
        log.merge(other, first, to, count)
        for (let i = 0; i < count; i++) bits[to + i] ||= otherBits[first + i]!
      } else {
        const expected = runsOf(bits, first, count)
        expect(log.ranges(first, count)).toEqual(expected)
        expect(log.count(first, count)).toBe(expected.reduce((total, [, length]) => total + length, 0))
      }
      if (step % 150 === 149) {
        expect(log.harvest()).toEqual(runsOf(bits))
        bits.fill(false)
      }
    }
    expect(other.ranges()).toEqual(runsOf(otherBits))
  })

  it('merges any run to any alignment', () => {
    const random = xorshift(99)
    for (let round = 0; round < 300; round++) {
      const source = new DirtyBitmap(150)
      const target = new DirtyBitmap(150)
      const bits = Array.from({ length: 150 }, () => random(3) === 0)
      bits.forEach((on, page) => void (on && source.set(page)))
      const from = random(100)
      const to = random(100)
      const count = random(51)
      target.merge(source, from, to, count)
      const expected = new Array<boolean>(150).fill(false)
      for (let i = 0; i < count; i++) expected[to + i] = bits[from + i]!
      expect(target.ranges()).toEqual(runsOf(expected))
    }
  })
})

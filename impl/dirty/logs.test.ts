import { beforeEach, describe, expect, it } from 'vitest'
import { randomFrom } from '../base/random.fixture.js'
import type { Ranges } from '../base/ranges.js'
import { ArenaStuck, DirtyArena } from './arena.js'
import { appendWordRuns, popcount } from './bit-words.js'
import { typescriptKernels } from './kernels-typescript.js'
import { CHUNK_PAGES, LOCK, NO_LOG } from './layout.js'
import { DirtyLogs } from './logs.js'

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

describe.each([
  ['WebAssembly', undefined],
  ['TypeScript', (_: unknown, view: () => Int32Array) => typescriptKernels(view)],
])('dirty logs, with kernels in %s', (_, kernels) => {
  const arena = DirtyArena.create({ kernels })
  let logs: DirtyLogs
  beforeEach(() => {
    logs = DirtyLogs.open(arena)
    return () => logs.close()
  })

  it('start clear, and a harvest takes what was marked', () => {
    const log = logs.create(100)
    for (const page of [0, 31, 32, 99]) logs.mark(log, page)
    expect([logs.test(log, 31), logs.test(log, 30)]).toEqual([true, false])
    expect(logs.harvest(log)).toEqual([
      [0, 1],
      [31, 2],
      [99, 1],
    ])
    expect(logs.ranges(log)).toEqual([])
  })

  it('never have a bit beyond the last page', () => {
    const log = logs.create(70, true)
    expect(logs.ranges(log)).toEqual([[0, 70]])
    expect(logs.count(log)).toBe(70)
    logs.clearMasked(log, 64, new Uint32Array([0b100_0001]))
    expect(logs.ranges(log)).toEqual([
      [0, 64],
      [65, 5],
    ])
  })

  it('hold the largest slot, clear or all set, without memory for its pages', () => {
    const npages = 2 ** 31 - 1
    const log = logs.create(npages)
    logs.mark(log, npages - 1)
    logs.mark(log, 2 ** 30)
    expect(logs.ranges(log)).toEqual([
      [2 ** 30, 1],
      [npages - 1, 1],
    ])
    logs.fill(log, 0, npages, true)
    logs.fill(log, 100_000, 1, false)
    expect(logs.count(log)).toBe(npages - 1)
    expect(logs.ranges(log)).toEqual([
      [0, 100_000],
      [100_001, npages - 100_001],
    ])
    expect(logs.harvest(log)).toHaveLength(2)
    expect(logs.count(log)).toBe(0)
  })

  it('that are all set share no bits', () => {
    const [one, two] = [logs.create(CHUNK_PAGES * 2, true), logs.create(CHUNK_PAGES * 2, true)]
    logs.fill(one, 5, 1, false)
    logs.merge(one, two, 0, CHUNK_PAGES, CHUNK_PAGES)
    expect(logs.count(two)).toBe(CHUNK_PAGES * 2)
    expect(logs.count(one)).toBe(CHUNK_PAGES * 2 - 1)
  })

  it.each([1, 2, 3])('agree with arrays of booleans under random calls, seed %i', seed => {
    const random = randomFrom(seed * 7_368_787)
    const npages = [200, CHUNK_PAGES + 77, CHUNK_PAGES * 2][seed - 1]!
    const [log, other, taken] = [logs.create(npages), logs.create(npages), logs.create(npages)]
    const bits = new Array<boolean>(npages).fill(false)
    const otherBits = new Array<boolean>(npages).fill(false)
    // Half of the positions are near a word or chunk border, where mistakes live.
    const position = () =>
      Math.min(npages, random(2) ? random(npages + 1) : [32, 64, CHUNK_PAGES][random(3)]! + random(5) - 2)
    for (let step = 0; step < 300; step++) {
      const [a, b] = [position(), position()]
      const first = Math.min(a, b)
      const count = Math.abs(a - b)
      const call = random(7)
      if (call === 0 && first < npages) {
        logs.mark(log, first)
        bits[first] = true
      } else if (call === 1) {
        const on = random(2) === 1
        logs.fill(log, first, count, on)
        bits.fill(on, first, first + count)
      } else if (call === 2) {
        logs.fill(other, first, count, step % 3 !== 0)
        otherBits.fill(step % 3 !== 0, first, first + count)
      } else if (call === 3) {
        const to = Math.min(position(), npages - count)
        logs.merge(log, other, first, to, count)
        for (let i = 0; i < count; i++) bits[to + i] ||= otherBits[first + i]!
      } else if (call === 4) {
        const mask = Uint32Array.from({ length: random(6) }, () => random(2 ** 32))
        const at = first & ~31
        logs.clearMasked(log, at, mask)
        mask.forEach((word, i) => {
          for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) bits[at + 32 * i + bit] &&= false
        })
      } else if (call === 5) {
        const expected = runsOf(bits, first, count)
        expect(logs.ranges(log, first, count)).toEqual(expected)
        expect(logs.count(log, first, count)).toBe(expected.reduce((total, [, length]) => total + length, 0))
      } else if (step % 10 === 0) {
        logs.harvestInto(log, taken)
        expect(logs.ranges(taken)).toEqual(runsOf(bits))
        bits.fill(false)
      }
    }
    expect(logs.harvest(log)).toEqual(runsOf(bits))
    expect(logs.ranges(other)).toEqual(runsOf(otherBits))
  })

  it('merge any run to any alignment', () => {
    const random = randomFrom(99)
    for (let round = 0; round < 300; round++) {
      const [source, target] = [logs.create(150), logs.create(150)]
      const bits = Array.from({ length: 150 }, () => random(3) === 0)
      bits.forEach((on, page) => {
        if (on) logs.mark(source, page)
      })
      const [from, to, count] = [random(100), random(100), random(51)]
      logs.merge(target, source, from, to, count)
      const expected = new Array<boolean>(150).fill(false)
      for (let i = 0; i < count; i++) expected[to + i] = bits[from + i]!
      expect(logs.ranges(target)).toEqual(runsOf(expected))
      logs.free(source)
      logs.free(target)
    }
  })

  it('merge whole and broken chunks across the borders of both', () => {
    const random = randomFrom(5)
    const npages = CHUNK_PAGES * 3 + 100
    const source = logs.create(npages)
    logs.fill(source, 0, CHUNK_PAGES, true) // all set, mixed, clear, and a tail
    for (let i = 0; i < 5000; i++) logs.mark(source, CHUNK_PAGES + random(CHUNK_PAGES))
    logs.fill(source, CHUNK_PAGES * 3 + 7, 50, true)
    for (const shift of [0, 1, 31, 33, CHUNK_PAGES - 1, CHUNK_PAGES, CHUNK_PAGES + 1]) {
      const target = logs.create(npages + shift, false)
      logs.merge(target, source, 0, shift, npages)
      expect(logs.ranges(target)).toEqual(logs.ranges(source).map(([first, count]) => [first + shift, count]))
      logs.free(target)
    }
  })

  it('hand over what merging would have copied, at any alignment and whatever the target holds', () => {
    const random = randomFrom(31)
    for (const [from, to, chunks] of [
      [0, 0, 3],
      [CHUNK_PAGES, 0, 2],
      [7, CHUNK_PAGES + 7, 2],
      [100, CHUNK_PAGES * 2 + 101, 1],
    ] as const) {
      const count = CHUNK_PAGES * chunks - 7
      const [source, merged, handed] = [from, to, to].map(first => logs.create(first + count))
      for (let i = 0; i < 3000; i++) logs.mark(source!, from + random(count))
      for (const page of [to, to + CHUNK_PAGES]) {
        if (page >= to + count) continue
        logs.mark(merged!, page)
        logs.mark(handed!, page)
      }
      logs.merge(merged!, source!, from, to, count)
      logs.handOver(handed!, source!, from, to, count)
      expect(logs.ranges(handed!)).toEqual(logs.ranges(merged!))
      for (const log of [source, merged, handed]) logs.free(log!)
    }
  })

  it('keep of the source, when they hand over, the pages that were not asked for', () => {
    const source = logs.create(CHUNK_PAGES * 3)
    const target = logs.create(CHUNK_PAGES)
    for (const page of [5, CHUNK_PAGES + 5, CHUNK_PAGES * 2 + 5]) logs.mark(source, page)
    logs.handOver(target, source, CHUNK_PAGES, 0, CHUNK_PAGES)
    expect([logs.test(source, 5), logs.test(source, CHUNK_PAGES * 2 + 5)]).toEqual([true, true])
    logs.free(source)
    expect(logs.ranges(target)).toEqual([[5, 1]])
  })
})

describe('the room of an arena', () => {
  const MIB = 2 ** 20

  it('is promised for every bit a log may ever have, and refused before anything has changed', () => {
    const arena = DirtyArena.create({ maxBytes: 2 * MIB })
    const logs = DirtyLogs.open(arena)
    logs.create(1)
    const before = arena.committedBytes
    expect(logs.create(CHUNK_PAGES * 300)).toBe(NO_LOG)
    expect(arena.committedBytes).toBe(before)
    const log = logs.create(CHUNK_PAGES * 150)
    expect(log).toBeGreaterThan(0)
    expect(logs.create(CHUNK_PAGES * 150)).toBe(NO_LOG)
    for (let chunk = 0; chunk < 150; chunk++) logs.mark(log, chunk * CHUNK_PAGES + chunk)
    expect(logs.count(log)).toBe(150)
    logs.free(log)
    expect(logs.create(CHUNK_PAGES * 150)).toBeGreaterThan(0)
  })

  it('is free again when logs are freed, however often and in whatever order', () => {
    const arena = DirtyArena.create({ maxBytes: 4 * MIB })
    const random = randomFrom(2024)
    const logs = DirtyLogs.open(arena)
    const live: number[] = []
    for (let step = 0; step < 4000; step++) {
      if (live.length > 0 && random(2) === 0) logs.free(live.splice(random(live.length), 1)[0]!)
      else {
        const npages = 1 + (random(2) ? random(5000) : random(CHUNK_PAGES * 40))
        const log = logs.create(npages, random(2) === 1)
        if (log === NO_LOG) continue
        live.push(log)
        logs.mark(log, random(npages))
        logs.fill(log, random(npages), 1, false)
      }
    }
    logs.close()
    // What small logs were cut from stays with small logs; it is less than a block for each size and mean load.
    expect(arena.committedBytes).toBeLessThan(MIB / 2)
    const again = DirtyLogs.open(arena)
    expect(again.create(CHUNK_PAGES * 300)).toBeGreaterThan(0)
  })

  it('is freed when the logs of a VM are closed, and only theirs', () => {
    const arena = DirtyArena.create({ maxBytes: 4 * MIB })
    const [one, two] = [DirtyLogs.open(arena), DirtyLogs.open(arena)]
    const kept = two.create(CHUNK_PAGES * 3)
    two.mark(kept, 12_345)
    const before = arena.committedBytes
    for (let i = 0; i < 10; i++) one.create(CHUNK_PAGES * 10)
    expect(arena.committedBytes).toBeGreaterThan(before)
    one.close()
    expect(arena.committedBytes).toBe(before)
    expect(two.ranges(kept)).toEqual([[12_345, 1]])
  })

  it('grows also for threads that attached before', () => {
    const arena = DirtyArena.create()
    const logs = DirtyLogs.open(arena)
    const early = DirtyLogs.attach(logs.handle)
    const log = logs.create(CHUNK_PAGES * 4000)
    early.mark(log, CHUNK_PAGES * 3999)
    expect(early.test(log, CHUNK_PAGES * 3999)).toBe(true)
    expect(logs.ranges(log)).toEqual([[CHUNK_PAGES * 3999, 1]])
    logs.mark(log, CHUNK_PAGES * 77)
    early.mark(log, CHUNK_PAGES * 77 + 1)
    expect(early.harvest(log)).toEqual([
      [CHUNK_PAGES * 77, 2],
      [CHUNK_PAGES * 3999, 1],
    ])
  })

  it('whose lock another thread keeps is waited for as long as the patience of the VM', () => {
    const arena = DirtyArena.create({ maxBytes: MIB })
    const logs = DirtyLogs.open(arena, 5)
    const log = logs.create(5)
    arena.words[LOCK] = 1
    const began = performance.now()
    expect(() => logs.create(5)).toThrow(new ArenaStuck(5))
    expect(() => logs.free(log)).toThrow(ArenaStuck)
    // Two waits of 5 ms each, by a clock that others share; not the ten seconds of a wait without patience.
    expect(performance.now() - began).toBeLessThan(9000)
    logs.mark(log, 3)
    expect(logs.ranges(log)).toEqual([[3, 1]])
    arena.words[LOCK] = 0
    expect(logs.create(5)).toBeGreaterThan(0)
  })

  it.each([0, 65_536, 2 ** 20 + 1, 2 ** 33])('is 1 MiB to 4 GiB, not %i bytes', maxBytes => {
    expect(() => DirtyArena.create({ maxBytes })).toThrow(RangeError)
  })
})

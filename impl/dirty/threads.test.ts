import { afterAll, describe, expect, it } from 'vitest'
import { randomFrom } from '../base/random.fixture.js'
import { DirtyArena } from './arena.js'
import { CHUNK_PAGES } from './layout.js'
import { DirtyLogs } from './logs.js'
import { startMarker } from './marker.fixture.js'

const marker = startMarker()
afterAll(() => marker.stop())

const MARKS = 200_000

/** Sets the other thread marking, and gives the pages it marks and how many of them it has done. */
function marking(logs: DirtyLogs, log: number, npages: number, seed: number) {
  const random = randomFrom(seed)
  const pages = Uint32Array.from({ length: MARKS }, () => random(npages))
  const done = marker.mark(logs.handle, log, pages)
  while (done() === 0); // the thread may have to be started first
  return { pages, done }
}

const arena = DirtyArena.create()

describe('while another thread marks', () => {
  it.each(['one by one', 'in bulk'])('a harvest takes a mark or leaves it: %s', how => {
    // On a machine that is busy the other thread may have done all before the first harvest: then once more.
    let harvests = 0
    for (let round = 0; harvests < 2 && round < 50; round++) {
      const logs = DirtyLogs.open(arena)
      const npages = CHUNK_PAGES * 4 + 1000
      const [log, taken] = [logs.create(npages), logs.create(npages)]
      const { pages, done } = marking(logs, log, npages, 11 + round)
      const seen = new Uint8Array(npages)
      harvests = 0
      for (let last = false; !last; harvests++) {
        last = done() === MARKS // one more harvest when all is marked
        if (how === 'in bulk') logs.harvestInto(log, taken)
        const runs = how === 'in bulk' ? logs.ranges(taken) : logs.harvest(log)
        for (const [first, count] of runs) seen.fill(1, first, first + count)
      }
      const marked = new Uint8Array(npages)
      for (const page of pages) marked[page] = 1
      expect(Buffer.from(seen).equals(Buffer.from(marked))).toBe(true)
      logs.close()
    }
    expect(harvests).toBeGreaterThan(1)
  })

  it('bits carried over join the marks, in chunks that both make at the same time', () => {
    for (let round = 0; round < 5; round++) {
      const logs = DirtyLogs.open(arena)
      const npages = CHUNK_PAGES * 30
      const [source, target] = [logs.create(npages), logs.create(npages + 1)]
      for (let page = 7; page < npages; page += 97) logs.mark(source, page)
      const { pages, done } = marking(logs, target, npages, 100 + round)
      logs.merge(target, source, 0, 1, npages)
      while (done() < MARKS);
      const expected = new Uint8Array(npages + 1)
      for (const page of pages) expected[page] = 1
      for (let page = 7; page < npages; page += 97) expected[page + 1] = 1
      const found = new Uint8Array(npages + 1)
      for (const [first, count] of logs.ranges(target)) found.fill(1, first, first + count)
      expect(Buffer.from(found).equals(Buffer.from(expected))).toBe(true)
      logs.close()
    }
  })

  it('a clear leaves pages alone that it does not name', () => {
    const logs = DirtyLogs.open(arena)
    const npages = CHUNK_PAGES * 2
    const log = logs.create(npages, true)
    logs.fill(log, 0, npages, false)
    const { pages, done } = marking(logs, log, npages, 5)
    const evens = new Uint32Array(npages / 32).fill(0x5555_5555)
    while (done() < MARKS) logs.clearMasked(log, 0, evens)
    logs.clearMasked(log, 0, evens)
    const odd = new Set([...pages].filter(page => page % 2 === 1))
    expect(logs.count(log)).toBe(odd.size)
    for (const page of odd) expect(logs.test(log, page)).toBe(true)
    logs.close()
  })

  it('every block is freed once, and the arena is as before', () => {
    const logs = DirtyLogs.open(arena)
    const log = logs.create(CHUNK_PAGES * 100)
    for (let chunk = 0; chunk < 100; chunk++) logs.mark(log, chunk * CHUNK_PAGES)
    expect(logs.count(log)).toBe(100)
    logs.close()
    expect(arena.committedBytes).toBeLessThan(2 ** 16)
  })
})

import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../base/random.fixture.js'
import { NO_LOG } from '../slot-columns.js'
import { SlotIndex, type SlotIndexOptions } from '../slot-index.js'

interface Extent {
  readonly base: number
  readonly npages: number
}

/**
 * A set of slots that is checked, at every edit, at the frames where an answer can change. It is one of a pair: after
 * each edit the other set is brought up to date and takes its place.
 */
class Checked {
  index: SlotIndex
  #other: SlotIndex
  readonly model = new Map<number, Extent>()

  constructor(options: SlotIndexOptions = {}) {
    ;[this.index, this.#other] = SlotIndex.createPair(options)
  }

  /** Brings the other set up to date: it must equal this one in every byte that means something. */
  follow(): void {
    const [edited, follower] = [this.index, this.#other]
    follower.follow(edited)
    const [one, other] = [edited, follower].map(index =>
      Buffer.concat([columnsOf(index), directoryOf(index)]),
    )
    if (!one!.equals(other!)) expect([...other!]).toEqual([...one!])
    this.index = follower
    this.#other = edited
  }

  isFree({ base, npages }: Extent): boolean {
    for (const other of this.model.values()) {
      if (base < other.base + other.npages && other.base < base + npages) return false
    }
    return true
  }

  add(id: number, extent: Extent): void {
    if (!this.index.reserve(id) || !this.#other.reserve(id)) throw new Error(`no room for ${id}`)
    this.index.add(id, { id, ...extent, hva: extent.base, flags: 0, log: NO_LOG, since: 0 })
    this.model.set(id, extent)
    this.expectRight(extent)
    this.follow()
    this.expectRight(extent)
  }

  drop(id: number): void {
    const extent = this.model.get(id)!
    this.index.drop(id)
    this.model.delete(id)
    this.expectRight(extent)
    this.follow()
    this.expectRight(extent)
  }

  /** Both ends of an extent and their neighbours, and its middle. */
  expectRight({ base, npages }: Extent): void {
    const frames = [base - 1, base, base + Math.floor(npages / 2), base + npages - 1, base + npages]
    for (const gfn of frames) if (gfn >= 0) this.expectAt(gfn)
  }

  expectAt(gfn: number): void {
    const found = this.index.find(gfn)
    if (found !== this.holderOf(gfn)) expect(`${gfn} → ${found}`).toBe(`${gfn} → ${this.holderOf(gfn)}`)
  }

  expectAllRight(): void {
    for (const extent of this.model.values()) this.expectRight(extent)
  }

  private holderOf(gfn: number): number {
    for (const [id, { base, npages }] of this.model) if (gfn >= base && gfn < base + npages) return id
    return -1
  }
}

const columnsOf = ({ columns }: SlotIndex) => Buffer.from(columns.handle.buffer)

/** The units in use of a directory: how many, its header says. */
function directoryOf({ directory }: SlotIndex): Buffer {
  const { buffer } = directory.handle
  return Buffer.from(buffer, 0, 32 * new Int32Array(buffer)[5]!)
}

/** Extents drawn in ways that have broken directories: see each. */
const SHAPES: Readonly<Record<string, (random: (below: number) => number) => Extent>> = {
  'a small space, full of slots of all sizes': random => ({
    base: random(400),
    npages: 1 + random(1 << random(7)),
  }),
  'single pages in a few clusters, far apart': random => ({
    base: random(4) * 2 ** 40 + random(300),
    npages: 1,
  }),
  'sizes log-uniform to 2^31, bases log-uniform to 2^52': random => {
    const npages = Math.min(2 ** 31 - 1, Math.floor(2 ** (random(3100) / 100)))
    return { base: Math.min(2 ** 52 - npages, Math.floor(2 ** (random(5200) / 100)) + random(3)), npages }
  },
  'the last frames there can be': random => {
    const npages = 1 + random(3)
    return { base: 2 ** 52 - npages - random(500), npages }
  },
  'half packed at 0, half spread to 2^40': random =>
    random(2) === 0
      ? { base: random(200), npages: 1 }
      : { base: random(1000) * 2 ** 30, npages: 1 + random(2 ** 30) },
}

describe('a radix directory', () => {
  it('finds nothing while it is empty, at any frame', () => {
    const { index } = new Checked()
    expect([0, 15, 16, 2 ** 40, 2 ** 52].map(gfn => index.find(gfn))).toEqual([-1, -1, -1, -1, -1])
  })

  it('holds one slot over all frames', () => {
    const set = new Checked()
    set.add(9, { base: 0, npages: 2 ** 52 })
    expect([0, 1, 2 ** 33, 2 ** 52 - 1].map(gfn => set.index.find(gfn))).toEqual([9, 9, 9, 9])
    set.drop(9)
    expect(set.index.find(5)).toBe(-1)
  })

  it('finds each of 2000 one-page slots that share a bucket, and none after their removal', () => {
    const set = new Checked({ limit: 4096 })
    set.add(4095, { base: 2 ** 45, npages: 1 })
    for (let id = 0; id < 2000; id++) {
      set.index.reserve(id)
      set.index.add(id, { id, base: 2 ** 20 + 2 * id, npages: 1, hva: 0, flags: 0, log: NO_LOG, since: 0 })
    }
    for (let gfn = 2 ** 20 - 1; gfn < 2 ** 20 + 4001; gfn++) {
      const i = gfn - 2 ** 20
      const expected = i >= 0 && i < 4000 && i % 2 === 0 ? i / 2 : -1
      if (set.index.find(gfn) !== expected) expect([gfn, set.index.find(gfn)]).toEqual([gfn, expected])
    }
    for (let id = 0; id < 2000; id++) set.index.drop(id)
    expect([set.index.find(2 ** 20), set.index.find(2 ** 45), set.index.size]).toEqual([-1, 4095, 1])
  })

  it('takes two slots that change places', () => {
    const set = new Checked()
    set.add(1, { base: 100, npages: 7 })
    set.add(2, { base: 107, npages: 7 })
    set.drop(1)
    set.drop(2)
    set.add(1, { base: 107, npages: 7 })
    set.add(2, { base: 100, npages: 7 })
    expect([99, 100, 106, 107, 113, 114].map(gfn => set.index.find(gfn))).toEqual([-1, 2, 2, 1, 1, -1])
  })

  it('reaches farther when a slot lies beyond its limit, and shrinks again', () => {
    const set = new Checked()
    for (let id = 0; id < 6; id++) set.add(id, { base: id * 10, npages: 3 })
    for (let round = 0; round < 60; round++) {
      set.add(6, { base: 2 ** (10 + (round % 40)), npages: 1000 })
      set.expectAllRight()
      set.drop(6)
    }
    set.expectAllRight()
  })

  it('is read through its handle, and a reader sees when growth has replaced it', () => {
    const set = new Checked({ capacity: 64 })
    const { index } = set
    const reader = SlotIndex.attach(structuredClone(index.handle))
    set.add(3, { base: 5, npages: 2 })
    expect([reader.find(6), reader.find(7), reader.hasMoved]).toEqual([3, -1, false])
    for (let id = 10; id < 60; id++) set.add(id, { base: id * 10, npages: 1 })
    expect([reader.hasMoved, index.hasMoved]).toEqual([true, false])
    const again = SlotIndex.attach(structuredClone(set.index.handle))
    expect([again.find(590), again.find(591), again.hasMoved]).toEqual([59, -1, false])
  })

  it('refuses an id beyond its limit and stays as it is', () => {
    const set = new Checked({ limit: 8 })
    for (let id = 0; id < 8; id++) set.add(id, { base: id * 2, npages: 1 })
    expect(set.index.reserve(8)).toBe(false)
    set.expectAllRight()
  })
})

describe('under random edits a radix directory agrees with a list of slots', () => {
  const cases = Object.keys(SHAPES).flatMap(shape => [
    { shape, maxDirectoryBytes: 2 ** 30, memory: 'enough' },
    { shape, maxDirectoryBytes: 1500, memory: 'almost no' },
  ])
  it.each(cases)('$shape; $memory memory', ({ shape, maxDirectoryBytes }) => {
    const random = randomFrom(shape.length + maxDirectoryBytes)
    const set = new Checked({ maxDirectoryBytes })
    const ids = 150
    for (let step = 0; step < 4000; step++) {
      // Fuller and emptier by turns, so that roots and children are made and unmade.
      const fills = step % 1000 < 500
      const id = random(ids)
      if (set.model.has(id)) {
        if (!fills || random(4) === 0) set.drop(id)
      } else if (fills || random(4) === 0) {
        const extent = SHAPES[shape]!(random)
        if (set.isFree(extent)) set.add(id, extent)
      }
      if (step % 100 === 99) set.expectAllRight()
      const probe = SHAPES[shape]!(random)
      set.expectAt(probe.base)
    }
    expect(set.index.directory.bytes).toBeLessThanOrEqual(maxDirectoryBytes)
  })
})

import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../base/random.fixture.js'
import {
  type BatchOutcome,
  type Entry,
  HARVEST,
  LOG,
  type Ranges,
  type Retired,
  RO,
  Vm,
} from '../../index.js'

/**
 * The batch of semantics.md §2 said once more, page by page over a few frames, and compared with the implementation.
 */

const K4 = 4096n
const FRAMES = 48
const IDS = 7

interface Region {
  base: number
  npages: number
  hva: number
  flags: number
  dirty: boolean[]
  since: number
}
type Slots = Map<number, Region>
interface Page {
  id: number
  index: number
  region: Region
}

function pagesOf(slots: Slots): Page[] {
  return [...slots].flatMap(([id, region]) =>
    Array.from({ length: region.npages }, (_, index) => ({ id, index, region })),
  )
}

const gfnOf = ({ index, region }: Page) => region.base + index
const hvaOf = ({ index, region }: Page) => region.hva + index

function runsOf(bits: boolean[]): Ranges {
  const runs: Ranges = []
  bits.forEach((on, page) => {
    if (on && bits[page - 1]) runs[runs.length - 1]![1]++
    else if (on) runs.push([page, 1])
  })
  return runs
}

class Model {
  slots: Slots = new Map()
  swaps = 0
  allSet = false

  apply(entries: Entry[], harvest: boolean, resultSize: bigint, ring = false): BatchOutcome {
    const intended = this.#intended(entries, ring)
    if ('errno' in intended) return intended
    const next = intended.slots
    const sourced = new Map<Page, Page[]>()
    const logged = (slots: Slots) => pagesOf(slots).filter(page => page.region.flags & LOG)
    const oldPages = logged(this.slots)
    for (const page of logged(next)) {
      const same = (old: Page) =>
        hvaOf(old) === hvaOf(page) && (gfnOf(old) === gfnOf(page) || old.id === page.id)
      sourced.set(page, oldPages.filter(same))
    }
    const continued = new Set([...sourced.values()].flat())
    const retired: Retired[] = []
    let bound = 0n
    for (const [id, { base, npages }] of [...this.slots].sort((a, b) => a[0] - b[0])) {
      const left = oldPages.filter(page => page.id === id && !continued.has(page))
      if (left.length === 0) continue
      bound += 32n + (harvest ? BigInt(Math.ceil(npages / 64) * 8) : 0n)
      const bits = new Array<boolean>(npages).fill(false)
      for (const page of left) bits[page.index] = page.region.dirty[page.index]!
      const count = bits.filter(Boolean).length
      if (count > 0) retired.push({ id, base, npages, count, ...(harvest && { pages: runsOf(bits) }) })
    }
    if ((harvest || resultSize > 0n) && resultSize < bound) return { errno: 'ENOSPC', index: -1, bound }

    this.swaps += this.#swapsTo(next)
    for (const [page, sources] of sourced) {
      page.region.dirty[page.index] = sources.length
        ? sources.some(source => source.region.dirty[source.index])
        : this.allSet
    }
    for (const [id, region] of next) {
      const old = this.slots.get(id)
      const stays = old && old.base === region.base && old.npages === region.npages && old.hva === region.hva
      region.since = stays ? old.since : this.swaps * 2
    }
    this.slots = next
    const generation = this.swaps * 2
    if (harvest || resultSize > 0n) return { generation, retired }
    return { generation, retiredCount: retired.reduce((total, { count }) => total + count, 0) }
  }

  #intended(
    entries: Entry[],
    ring: boolean,
  ): { slots: Slots } | { errno: 'EINVAL' | 'EEXIST' | 'ENXIO'; index: number } {
    const seen = new Set<number>()
    for (const [index, { id, do: what, size }] of entries.entries()) {
      if (seen.has(id) || (what === 'remove' ? !this.slots.has(id) : size === 0n))
        return { errno: 'EINVAL', index }
      seen.add(id)
    }
    const slots: Slots = new Map(
      [...this.slots].map(([id, region]) => [id, { ...region, dirty: [...region.dirty] }]),
    )
    for (const { id, do: what, gpa, size, hva, flags } of entries) {
      const npages = Number(size / K4)
      const dirty = new Array<boolean>(npages).fill(false)
      if (what === 'remove') slots.delete(id)
      else slots.set(id, { base: Number(gpa / K4), npages, hva: Number(hva / K4), flags, dirty, since: 0 })
    }
    for (const [index, { id }] of entries.entries()) {
      const earlier = new Set(entries.slice(0, index).map(entry => entry.id))
      const mine = pagesOf(slots).filter(page => page.id === id)
      const others = pagesOf(slots).filter(
        page => page.id !== id && (!seen.has(page.id) || earlier.has(page.id)),
      )
      const taken = new Set(others.map(gfnOf))
      if (mine.some(page => taken.has(gfnOf(page)))) return { errno: 'EEXIST', index }
      if (mine.some(page => gfnOf(page) >= FRAMES)) return { errno: 'EINVAL', index }
      const old = this.slots.get(id)
      if (ring && old && old.flags & LOG && !sameRegion(old, slots.get(id))) return { errno: 'ENXIO', index }
    }
    return { slots }
  }

  #swapsTo(next: Slots): number {
    const ids = new Set([...this.slots.keys(), ...next.keys()])
    if ([...ids].every(id => sameRegion(this.slots.get(id), next.get(id)))) return 0
    const after = new Map(pagesOf(next).map(page => [gfnOf(page), page]))
    const owed = pagesOf(this.slots).some(page => {
      const now = after.get(gfnOf(page))
      return (
        !now || hvaOf(now) !== hvaOf(page) || (!(page.region.flags & RO) && (now.region.flags & RO) !== 0)
      )
    })
    return owed ? 2 : 1
  }
}

function sameRegion(a: Region | undefined, b: Region | undefined): boolean {
  if (!a || !b) return a === b
  return a.base === b.base && a.npages === b.npages && a.hva === b.hva && a.flags === b.flags
}

/** Entries that are mostly legal, and reuse frames and host pages of the set they change. */
function randomEntries(random: (below: number) => number, slots: Slots): Entry[] {
  const entries: Entry[] = []
  for (let wanted = 1 + random(4); wanted > 0; wanted--) {
    const id = random(IDS)
    const careless = random(30) === 0
    if (!careless && entries.some(entry => entry.id === id)) continue
    if (random(3) === 0 && (careless || slots.has(id))) {
      entries.push({ do: 'remove', id, gpa: 0n, size: 0n, hva: 0n, flags: 0 })
      continue
    }
    const own = slots.get(id)
    const like = own && random(2) ? own : [...slots.values()][random(slots.size + 1)]
    const offset = random(4) * random(2)
    const base = like && random(2) ? like.base + offset : random(FRAMES + (careless ? 2 : -8))
    const hva = like && random(3) ? like.hva + offset : random(2) ? base : random(60)
    const npages = like && random(3) === 0 ? like.npages : random(9) + (careless ? 0 : 1)
    const flags = random(2) ? LOG : random(4)
    const bytes = (pages: number) => BigInt(pages) * K4
    entries.push({ do: 'set', id, gpa: bytes(base), size: bytes(npages), hva: bytes(hva), flags })
  }
  return entries
}

function compare(vm: Vm, model: Model): void {
  const listed = [...model.slots]
    .sort((a, b) => a[0] - b[0])
    .map(([id, { base, npages, hva, flags, since }]) => ({
      id,
      base,
      npages,
      hva: BigInt(hva) * K4,
      flags,
      since,
    }))
  expect(vm.slots(0)).toEqual(listed)
  expect(vm.swaps(0)).toBe(model.swaps)
  const byFrame = new Map(pagesOf(model.slots).map(page => [gfnOf(page), page]))
  for (let gfn = 0; gfn < FRAMES + 2; gfn++) expect(vm.slotAt(0, gfn)).toBe(byFrame.get(gfn)?.id ?? -1)
}

describe('a batch', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))(
    'agrees with semantics.md page by page, seed %i',
    seed => {
      const random = randomFrom(seed * 40_503_001)
      const vm = new Vm({ maxGfn: FRAMES - 1 })
      const model = new Model()
      vm.createVcpu(0)
      for (let step = 0; step < 250; step++) {
        if (random(20) === 0) {
          model.allSet = random(2) === 1
          vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [model.allSet ? 3n : 0n] })
        }
        for (let writes = random(8); writes > 0; writes--) {
          const gfn = random(FRAMES)
          vm.write({ vcpu: 0, gfn, offset: 0, data: Uint8Array.of(step) })
          const page = pagesOf(model.slots).find(p => gfnOf(p) === gfn)
          if (page && page.region.flags === LOG) page.region.dirty[page.index] = true
        }
        const entries = randomEntries(random, model.slots)
        const harvest = random(2) === 1
        const resultSize = [0n, 1000n, BigInt(random(100))][random(3)]!
        const expected = model.apply(entries, harvest, resultSize)
        const outcome = vm.setBatch({ as: 0, flags: harvest ? HARVEST : 0, resultSize, entries })
        expect(outcome, `seed ${seed} step ${step}`).toEqual(expected)
        compare(vm, model)
        for (const [id, region] of model.slots) {
          if (random(6) > 0 || !(region.flags & LOG)) continue
          expect(vm.getDirtyLog({ as: 0, id })).toMatchObject({ pages: runsOf(region.dirty) })
          if (!model.allSet) region.dirty.fill(false)
        }
      }
      expect(model.swaps).toBeGreaterThan(60)
    },
  )

  it.each([1, 2, 3])('agrees with semantics.md under a dirty ring too, seed %i', seed => {
    const random = randomFrom(seed * 77_003)
    const vm = new Vm({ maxGfn: FRAMES - 1 })
    const model = new Model()
    vm.enableCap({ cap: 'dirty-log-ring', flags: 0, args: [4096n] })
    for (let step = 0; step < 200; step++) {
      const entries = randomEntries(random, model.slots)
      const expected = model.apply(entries, false, 0n, true)
      const outcome = vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries })
      expect(outcome, `seed ${seed} step ${step}`).toEqual(expected)
      compare(vm, model)
    }
  })
})

import { upperOf } from '../../../impl/memory/host-pages.js'
import { locate } from '../../../impl/x86/locate.js'
import { OK } from '../../../impl/x86/mmu.js'
import { FETCH } from '../../../impl/x86/regime.js'
import { walk } from '../../../impl/x86/walk.js'
import type { Benchmark, Comparison } from '../benchmark.js'
import type { InProcess } from '../contender.js'
import { missingNative, type Native, nativeOf } from '../peers/native.js'
import { bigintWalk } from './walk-bigint.js'
import { ORDER, type WalkWorld, walkWorld } from './walk-world.js'

/** Each contender walks to every address of the order in turn, and gives the sum of the frames. */
const inOrder = (name: string, run: (times: number) => number): InProcess => ({ name, pieces: ORDER, run })

const walking = ({ mmu, walkHighs: highs, walkLows: lows }: WalkWorld): InProcess =>
  inOrder('impl', times => {
    const walkTo = walk
    let sum = 0
    mmu.enter()
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < highs.length; i++) {
        if (walkTo(mmu, highs[i]!, lows[i]!, FETCH) === OK) sum = (sum + mmu.gfn) | 0
      }
    }
    mmu.section.leave()
    return sum
  })

const cached = ({ mmu, walkHighs: highs, walkLows: lows }: WalkWorld): InProcess =>
  inOrder('impl, cached', times => {
    const find = locate
    let sum = 0
    mmu.enter()
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < highs.length; i++) {
        if (find(mmu, highs[i]!, lows[i]!, FETCH) === OK) sum = (sum + mmu.place) | 0
      }
    }
    mmu.section.leave()
    return sum
  })

const onBigints = (world: WalkWorld): InProcess => {
  const walkTo = bigintWalk(world)
  const { walkHighs: highs, walkLows: lows } = world
  const addresses = Array.from(highs, (high, i) => (BigInt(high) << 32n) | BigInt(lows[i]! >>> 0))
  return inOrder('bigint', times => {
    let sum = 0
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < addresses.length; i++) sum += Number(walkTo(addresses[i]!))
    }
    return sum
  })
}

const unsigned = (numbers: readonly number[]): BigUint64Array => BigUint64Array.from(numbers, n => BigInt(n))

/** Where the pages of each slot are, slot by slot, and where each slot begins there: what a host's page tables know. */
const placesOf = ({ mmu, slots }: WalkWorld) => {
  const first = new Int32Array(slots.length)
  const places: number[] = []
  for (const [i, { npages, hva }] of slots.entries()) {
    first[i] = places.length
    for (let page = 0; page < npages; page++) places.push(mmu.pages.find(hva + page))
  }
  return { first, places: Uint32Array.from(places) }
}

type WalkAll = (...given: readonly unknown[]) => bigint | number

/** Slots looked up and host pages found by the table; by an array instead; or remembered, as the implementation does. */
const IN_C = ['C', 'C, pages by pointer', 'C, places remembered'] as const

const inC = (world: WalkWorld, native: Native, how: (typeof IN_C)[number]): InProcess => {
  const { mmu, regime, slots, walkHighs, walkLows } = world
  const all = native.function<WalkAll>(
    'int64_t walk_all(const uint8_t *memory, uint32_t table, uint32_t shift, const uint32_t *tags, const uint32_t *places, const int32_t *first, int nslots, const uint64_t *base, const uint64_t *npages, const uint64_t *hva, uint64_t root, const int32_t *reserved, uint32_t refused, const int32_t *highs, const int32_t *lows, int remembers, int count, int times)',
  )
  const { first, places } = how === 'C, pages by pointer' ? placesOf(world) : { first: null, places: null }
  const [base, npages, hva] = [
    unsigned(slots.map(slot => slot.base)),
    unsigned(slots.map(slot => slot.npages)),
    unsigned(slots.map(slot => slot.hva)),
  ]
  const { pages } = mmu
  const tags = Uint32Array.from(slots, slot => pages.tagOf(upperOf(slot.hva)))
  return inOrder(how, times =>
    Number(
      all(
        pages.bytes,
        pages.table.byteOffset,
        pages.shift,
        tags,
        places,
        first,
        slots.length,
        base,
        npages,
        hva,
        regime.root,
        regime.reserved,
        regime.refused[FETCH],
        walkHighs,
        walkLows,
        how === 'C, places remembered' ? 1 : 0,
        walkHighs.length,
        times,
      ),
    ),
  )
}

/** Bytes that ten million walks may leave on the heap. */
const HEAP_GROWTH = 1 << 20
const MANY_WALKS = 10_000_000

/** What walks leave on the heap, measured in slices, so that no collection hides it. */
const heapGrowth = (walker: InProcess): number => {
  const slices = 20
  const times = Math.ceil(MANY_WALKS / ORDER / slices)
  let growth = 0
  for (let i = 0; i < slices; i++) {
    const before = process.memoryUsage().heapUsed
    walker.run(times)
    growth += Math.max(0, process.memoryUsage().heapUsed - before)
  }
  return growth
}

/** The least of a few: the compiler, and whatever else runs in this process, leave things on the heap now and then. */
const leastHeapGrowth = (walker: InProcess): number => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4 && least >= HEAP_GROWTH; i++) least = Math.min(least, heapGrowth(walker))
  return least
}

const checkOf = (world: WalkWorld, own: InProcess, others: readonly InProcess[]) => (): string | null => {
  const expected = world.order.reduce((sum, at) => (sum + world.frames[at]!) | 0, 0)
  for (const { name, run } of [own, ...others]) {
    const sum = run(1) | 0
    if (sum !== expected) return `${name} walks to frames that sum up to ${sum}, not ${expected}`
  }
  const growth = leastHeapGrowth(own)
  if (growth < HEAP_GROWTH) return null
  return `${MANY_WALKS} walks left ${growth} bytes on the heap, ${HEAP_GROWTH} allowed`
}

const walkBenchmark = (name: string, world: WalkWorld, atMost: number): Benchmark => {
  const subject = walking(world)
  const bigint = onBigints(world)
  const missing = missingNative()
  const inCs = missing === null ? IN_C.map(how => inC(world, nativeOf('walk'), how)) : []
  const against = (peer: InProcess, bound: number | null): Comparison => ({
    peer,
    target: bound === null ? null : { of: 'ratio', atMost: bound },
  })
  return {
    name: missing === null ? name : `${name} (without C: ${missing})`,
    subject,
    unit: 'ns',
    comparisons: [...inCs.map((peer, i) => against(peer, i === 0 ? atMost : null)), against(bigint, 1 / 5)],
    check: checkOf(world, subject, [...inCs, bigint]),
  }
}

const cacheBenchmark = (world: WalkWorld): Benchmark => {
  const subject = cached(world)
  return {
    name: 'walk, hit in the cache',
    subject,
    unit: 'ns',
    comparisons: [{ peer: walking(world), target: { of: 'ratio', atMost: 1 / 4 } }],
    check: () => {
      const { mmu, highs, lows, frames } = world
      mmu.enter()
      const wrong = frames.findIndex((_, i) => {
        locate(mmu, highs[i]!, lows[i]!, FETCH)
        const { place } = mmu
        return walk(mmu, highs[i]!, lows[i]!, FETCH) !== OK || place !== placeOf(world, mmu.gfn)
      })
      return wrong < 0 ? null : `page ${wrong} is cached at the wrong place`
    },
  }
}

const placeOf = ({ mmu, slots }: WalkWorld, gfn: number): number => {
  const slot = slots.findLast(({ base }) => base <= gfn)!
  return mmu.pages.find(slot.hva + gfn - slot.base)
}

/** Walks of the implementation against the same in C, and the cache of translations against them. */
export const walkBenchmarks = (): readonly Benchmark[] => {
  const hot = walkWorld(64, 33)
  return [
    walkBenchmark('walk, hot', hot, 1.8),
    walkBenchmark('walk, scattered', walkWorld(16_384, 33), 1.5),
    cacheBenchmark(hot),
  ]
}

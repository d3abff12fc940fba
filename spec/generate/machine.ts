import { type Cells, initialMachine, type ManualProtect, type Vcpu } from '../terms/cells.js'
import { cleanLog, type DirtyLog } from '../terms/dirty-log.js'
import { allRights, type HostPages, withRights } from '../terms/host.js'
import { KERNEL_NAMES, KERNELS } from '../terms/kernels.js'
import type { Memfd } from '../terms/memfd.js'
import { type Memory, store } from '../terms/memory.js'
import { addressOf, generation, gfn, hvaPage, slotId, spaceId } from '../terms/numbers.js'
import { OWN_SLOTS } from '../terms/own-slots.js'
import { noPages, ofRuns, type PageSet, subtract } from '../terms/page-set.js'
import { defaultParameters, type Parameters } from '../terms/parameters.js'
import { endOf, type Slot } from '../terms/slot.js'
import { emptySpace, generationAfter, type Space, sorted } from '../terms/space.js'
import { below, between, chance, pick, type Random, shuffled } from './random.js'
import { withRegisters } from './smm.js'

/** User ids of generated machines: few, so that calls meet slots. */
export const SLOT_LIMIT = 8
const SIZES = [1, 1, 2, 2, 3, 4, 5] as const
/** About the word size of a bitmap, where CLEAR is particular. */
const WIDE_SIZES = [1, 63, 64, 65, 100, 128, 130] as const
const GAPS = [0, 0, 0, 1, 2] as const

/** Some of the pages `[0, npages)`. */
export const pagesWithin = (r: Random, npages: number): PageSet =>
  ofRuns(
    Array.from({ length: below(r, 4) }, () => {
      const first = below(r, npages)
      return [first, between(r, 1, Math.min(npages - first, 3))] as const
    }),
  )

const logOf = (r: Random, npages: number, exact: boolean): DirtyLog => {
  const set = chance(r, 0.2) ? noPages : pagesWithin(r, npages)
  return exact || chance(r, 0.5)
    ? { ...cleanLog, set }
    : { set, maybe: subtract(pagesWithin(r, npages), set) }
}

export interface Shape {
  readonly params: Parameters
  readonly ring: boolean
  /** Slots of some sixty pages and more, instead of a few. */
  readonly wide: boolean
}

/** Of some slots of guest_memfd it is known which file is behind them: each has pages of its own of one file. */
const FILE = 0
const withBindings = (r: Random, spaces: readonly Space[]): readonly Space[] => {
  let first = below(r, 2)
  return spaces.map(space => ({
    ...space,
    slots: space.slots.map(slot => {
      if (slot.gmem === false || chance(r, 0.4)) return slot
      const bound = { ...slot, gmem: { file: FILE, first } }
      first += slot.npages + pick(r, GAPS)
      return bound
    }),
  }))
}

/** Files that hold what is behind slots of `spaces`, and one of which nothing is. */
const filesFor = (r: Random, spaces: readonly Space[]): readonly Memfd[] => {
  const ends = spaces.flatMap(({ slots }) =>
    slots.map(({ gmem, npages }) => (typeof gmem === 'boolean' ? 0 : gmem.first + npages)),
  )
  return [
    { file: FILE, npages: Math.max(1, ...ends) + below(r, 3) },
    { file: 2, npages: between(r, 1, 9) },
  ]
}

/** A legal space: slots that do not overlap, some of them aliases of each other's backing. */
export const spaceWithin = (r: Random, as: number, { params, ring, wide }: Shape): Space => {
  const ids = shuffled(
    r,
    Array.from({ length: SLOT_LIMIT }, (_, id) => id),
  ).slice(0, below(r, 6))
  const swaps = ids.length + below(r, 5)
  let base = below(r, 3)
  const slots = ids.map((id): Slot => {
    const npages = pick(r, wide ? WIDE_SIZES : SIZES)
    const from = base + pick(r, GAPS)
    base = from + npages
    const gmem = params.guestMemfd && chance(r, 0.3)
    const log = !gmem && chance(r, 0.6)
    return {
      id: slotId(id),
      base: gfn(from),
      npages,
      // Half the slots lie at one distance from their backing, so that updates keep pages where they are.
      hva: hvaPage(chance(r, 0.5) ? from + 16 : below(r, wide ? 300 : 24)),
      log,
      ro: !gmem && params.readonlyMem && chance(r, 0.3),
      gmem,
      dirty: log && !(ring && chance(r, 0.6)) ? logOf(r, npages, params.exact) : null,
      since: generation(as + between(r, 0, swaps) * params.spaces),
    }
  })
  return { slots: sorted(slots), swaps }
}

const INTERNAL_ID = SLOT_LIMIT + 1

/** The hypervisor's own slot, at frames above all others and in every space. */
const withInternal = (spaces: readonly Space[], params: Parameters): readonly Space[] => {
  const base = Math.max(0, ...spaces.flatMap(space => space.slots.map(endOf))) + 1
  return spaces.map(({ slots, swaps }, as) => {
    const slot: Slot = {
      id: slotId(INTERNAL_ID),
      base: gfn(base),
      npages: 1,
      hva: hvaPage(500),
      log: false,
      ro: false,
      gmem: false,
      dirty: null,
      since: generationAfter(spaceId(as), swaps + 1, params.spaces),
    }
    return { slots: [...slots, slot], swaps: swaps + 1 }
  })
}

const memoryOf = (r: Random): Memory => {
  let memory: Memory = new Map()
  for (let n = below(r, 3); n > 0; n--) memory = store(memory, hvaPage(below(r, 24)), below(r, 8), 'a1b2')
  return memory
}

/** Host pages of which some cannot be written, or read. */
export const hostWith = (r: Random): HostPages =>
  withRights(
    withRights(allRights, pagesWithin(r, 24), 'read'),
    pagesWithin(r, 24),
    pick(r, ['none', 'none', 'read']),
  )

const parametersOf = (r: Random): Parameters => ({
  ...defaultParameters,
  spaces: pick(r, [1, 2, 2, 2, 3]),
  slotLimit: SLOT_LIMIT,
  internalIds: [SLOT_LIMIT, INTERNAL_ID],
  ownSlots: chance(r, 0.4) ? OWN_SLOTS.filter(() => chance(r, 0.7)) : [],
  identityMap: chance(r, 0.7) ? addressOf(between(r, 0, 12)) : defaultParameters.identityMap,
  readonlyMem: chance(r, 0.9),
  ...(chance(r, 0.1) ? { beyondMaxGfn: 'EFAULT', failedFetch: 'abort' } : {}),
  guestMemfd: chance(r, 0.3),
  exact: chance(r, 0.7),
  maxEntries: pick(r, [SLOT_LIMIT, SLOT_LIMIT, 2]),
  kernel: pick(r, KERNEL_NAMES),
})

/** The parameters, with shadow paging where the kernel that was drawn has nothing else. */
const possible = (params: Parameters): Parameters =>
  params.kernel !== undefined && KERNELS[params.kernel].shadowOnly
    ? { ...params, secondStage: 'shadow' }
    : params

/** A machine at rest that keeps every invariant. Parameters given here are not drawn. */
export const machineWith = (r: Random, given: Partial<Parameters> = {}): Cells => {
  const params = possible({ ...parametersOf(r), ...given })
  const shape: Shape = { params, ring: chance(r, 0.15), wide: chance(r, 0.25) }
  const drawn = Array.from({ length: params.spaces }, (_, as) =>
    chance(r, 0.9) ? spaceWithin(r, as, shape) : emptySpace,
  )
  const backed = params.guestMemfd ? withBindings(r, drawn) : drawn
  const spaces = chance(r, 0.3) ? withInternal(backed, params) : backed
  const last = Math.max(0, ...spaces.flatMap(space => space.slots.map(endOf)))
  const vcpus: readonly Vcpu[] = Array.from({ length: below(r, 3) }, (_, id) => ({
    id,
    space: spaceId(below(r, params.spaces)),
  }))
  return withRegisters(r, {
    ...initialMachine({
      ...params,
      maxGfn: given.maxGfn ?? (chance(r, 0.5) ? last + 1 : defaultParameters.maxGfn),
    }),
    spaces,
    protect: pick<ManualProtect>(r, [0, 0, 1, 3]),
    ring: shape.ring,
    memfds: params.guestMemfd ? filesFor(r, spaces) : [],
    vcpus,
    memory: chance(r, 0.2) ? memoryOf(r) : new Map(),
  })
}

/** Slots in the order in which they are created; slot `i` has id and number `i`. */
export interface Layout {
  readonly name: LayoutName
  readonly slots: number
  readonly base: Float64Array
  readonly npages: Float64Array
}

export const LAYOUT_NAMES = ['mixed', 'dimm', 'skew'] as const
export type LayoutName = (typeof LAYOUT_NAMES)[number]

/** Slots a set has: from a small guest to the most that x86 allows (`KVM_USER_MEM_SLOTS`). */
export const SIZES = [8, 64, 512, 4096, 32_764] as const

/**
 * A generator of numbers in 0..1, from a seed (xorshift32). It is not the one of the suite, because the committed
 * results were measured on the layouts that this one draws.
 */
export const unitRandom = (seed: number): (() => number) => {
  let state = Math.imul(seed, 2_654_435_761) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const LARGEST = 64 * 1024
const DIMM = 32 * 1024 // 128 MiB
const PCI_HOLE = { first: 3 * 2 ** 18, end: 4 * 2 ** 18 } // from 3 GiB to 4 GiB

type Extent = readonly [base: number, npages: number]

/** Sizes log-uniform from a page to 256 MiB; two of five begin where the one before ends, other gaps are like sizes. */
const mixed = (slots: number, random: () => number): readonly Extent[] => {
  const size = () => Math.floor(LARGEST ** random())
  const extents: Extent[] = []
  let at = 0
  for (let i = 0; i < slots; i++) {
    if (random() >= 0.4) at += size()
    const npages = size()
    extents.push([at, npages])
    at += npages
  }
  return extents
}

/** What hot-plugging makes: blocks of 128 MiB, one after the other but for the PCI hole below 4 GiB. */
const dimm = (slots: number): readonly Extent[] =>
  Array.from({ length: slots }, (_, i) => {
    const base = i * DIMM
    return [base < PCI_HOLE.first ? base : base - PCI_HOLE.first + PCI_HOLE.end, DIMM]
  })

/** Against anything that interpolates: half the slots single pages packed at frame 0, the others spread to 2^40. */
const skew = (slots: number, random: () => number): readonly Extent[] => {
  const packed = slots / 2
  const stride = 2 ** 40 / (slots - packed)
  return Array.from({ length: slots }, (_, i): Extent => {
    if (i < packed) return [i, 1]
    const from = Math.floor((i - packed) * stride)
    return [Math.max(from, packed) + Math.floor(random() * 1000), Math.floor(LARGEST ** random())]
  })
}

const EXTENTS = { mixed, dimm, skew }

/** Changes the order of items to a random one. */
export const shuffle = <A>(items: A[], random: () => number): A[] => {
  for (let i = items.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const item = items[i] as A
    items[i] = items[other] as A
    items[other] = item
  }
  return items
}

/** So many slots of a layout, the same ones every time. They are created in random order. */
export const layoutOf = (name: LayoutName, slots: number): Layout => {
  const random = unitRandom(slots + name.length)
  const extents = shuffle([...EXTENTS[name](slots, random)], random)
  return {
    name,
    slots,
    base: Float64Array.from(extents, ([base]) => base),
    npages: Float64Array.from(extents, ([, npages]) => npages),
  }
}

/** Queries enough that no branch predictor learns their order. */
const QUERIES = 2 ** 18

/** Frames that are looked up: of a slot like the one before, in so large a share, or of any slot, and there anywhere. */
export const queriesOf = ({ slots, base, npages }: Layout, same: number): Float64Array => {
  const random = unitRandom(slots)
  let slot = 0
  return Float64Array.from({ length: QUERIES }, () => {
    if (random() >= same) slot = Math.floor(random() * slots)
    return (base[slot] as number) + Math.floor(random() * (npages[slot] as number))
  })
}

/** What costs a directory most memory: slots by fives, each five in a few pages and far from the others. */
export const crowded = (slots: number): Layout => {
  const stride = 2 ** 40 / (slots / 5)
  return {
    name: 'skew',
    slots,
    base: Float64Array.from(
      { length: slots },
      (_, i) => Math.floor(i / 5) * Math.floor(stride) + (i % 5) * 2,
    ),
    npages: new Float64Array(slots).fill(1),
  }
}

import { type Cells, generationOf } from '../terms/cells.js'
import { counted } from '../terms/counted.js'
import { MAX_SLOT_PAGES } from '../terms/numbers.js'
import { isOwnId } from '../terms/own-slots.js'
import type { PageSet } from '../terms/page-set.js'
import { intersect, isEmpty, isSubset, pageRange } from '../terms/page-set.js'
import { endOf, type Slot } from '../terms/slot.js'
import type { Space } from '../terms/space.js'

const canonical = (pages: PageSet): boolean =>
  pages.length % 2 === 0 && pages.every((p, i) => i === 0 || p > (pages[i - 1] as number))

const logFaults = (slot: Slot, exact: boolean): readonly string[] => {
  if (slot.dirty === null) return []
  const { set, maybe } = slot.dirty
  const whole = pageRange(0, slot.npages)
  return [
    ...(slot.log ? [] : ['has a bitmap without LOG']),
    ...(isSubset(set, whole) && isSubset(maybe, whole) ? [] : ['has bits beyond its pages']),
    ...(canonical(set) && canonical(maybe) ? [] : ['has a log not in canonical form']),
    ...(isEmpty(intersect(set, maybe)) ? [] : ['has bits both set and uncertain']),
    ...(exact && !isEmpty(maybe) ? ['has uncertain bits under exact hardware'] : []),
  ]
}

const slotFaults = (cells: Cells, as: number, slot: Slot): readonly string[] => {
  const { params } = cells
  const user = slot.id < params.slotLimit
  const { since } = slot
  return [
    ...(user || params.internalIds.includes(slot.id) || isOwnId(slot.id, params)
      ? []
      : ['has an id that is no slot’s']),
    ...(slot.npages >= 1 && (!user || slot.npages <= MAX_SLOT_PAGES) ? [] : ['has no legal size']),
    ...(slot.base >= 0 && endOf(slot) - 1 <= params.maxGfn ? [] : ['lies beyond the last frame']),
    ...(since % params.spaces === as && since <= generationOf(cells, as)
      ? []
      : ['has a since not yet published']),
    ...logFaults(slot, params.exact),
  ].map(fault => `slot ${slot.id} of space ${as} ${fault}`)
}

const spaceFaults = (cells: Cells, as: number, { slots, swaps }: Space): readonly string[] => [
  ...(Number.isInteger(swaps) && swaps >= 0 ? [] : [`space ${as} has ${counted(swaps, 'swap')}`]),
  ...(new Set(slots.map(slot => slot.id)).size === slots.length ? [] : [`space ${as} has an id twice`]),
  ...slots.flatMap((slot, i) => {
    const next = slots[i + 1]
    return next !== undefined && endOf(slot) > next.base
      ? [`slots ${slot.id} and ${next.id} of space ${as} overlap or are out of order`]
      : []
  }),
  ...slots.flatMap(slot => slotFaults(cells, as, slot)),
]

/** Pages of a file are behind one slot at most. */
const fileFaults = ({ memfds, spaces }: Cells): readonly string[] => {
  const bound = spaces.flatMap(({ slots }) =>
    slots.flatMap(({ gmem, npages }) => (typeof gmem === 'boolean' ? [] : [{ ...gmem, npages }])),
  )
  return bound.flatMap((one, i) => [
    ...(memfds.some(({ file }) => file === one.file) ? [] : [`file ${one.file} does not exist`]),
    ...(bound.some(
      (other, j) =>
        j < i &&
        other.file === one.file &&
        other.first < one.first + one.npages &&
        one.first < other.first + other.npages,
    )
      ? [`pages of file ${one.file} are behind two slots`]
      : []),
  ])
}

/** The invariants of a machine that these cells break, in words: none for cells that any run can lead to. */
export const faultsOf = (cells: Cells): readonly string[] => [
  ...(cells.spaces.length === cells.params.spaces
    ? []
    : ['there are not as many spaces as the parameters say']),
  ...cells.spaces.flatMap((space, as) => spaceFaults(cells, as, space)),
  ...fileFaults(cells),
  ...cells.vcpus.flatMap((vcpu, i) => [
    ...(vcpu.space < cells.spaces.length ? [] : [`vCPU ${vcpu.id} is in no space`]),
    ...(i === 0 || (cells.vcpus[i - 1]?.id ?? -1) < vcpu.id ? [] : [`vCPU ${vcpu.id} is out of order`]),
  ]),
  ...[...cells.memory].flatMap(([page, bytes]) =>
    bytes.length > 0 && bytes.length <= 4096
      ? []
      : [`host page ${page} has ${counted(bytes.length, 'byte')}`],
  ),
]

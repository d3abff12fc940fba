import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { gfn, hvaPage, isPageAligned, pageOf, slotId, spaceId, TWO_TO_64 } from '../../terms/numbers.js'
import type { InternalSlotCall } from '../../terms/operation.js'
import type { OwnRegion } from '../../terms/own-slots.js'
import type { Errno } from '../../terms/result.js'
import { overlaps, type Slot } from '../../terms/slot.js'
import { generationAfter, slotById, without, withSlot } from '../../terms/space.js'
import { refuse, succeed } from '../answer.js'
import { linux } from '../cite.js'

type Creating = Calling<InternalSlotCall>
const creating = { call: { op: 'internal-slot' } } as const

const idIsInternal: Premise<Creating> = premise(
  'id-is-internal',
  {
    holds: 'the parameters name the id as that of an internal slot',
    fails: 'the parameters do not name the id as that of an internal slot',
  },
  ({ call, params }) => params.internalIds.includes(call.id),
  ({ call, params }) => ({ id: call.id, internalIds: params.internalIds }),
)
const deletes: Premise<Creating> = premise(
  'size-zero',
  { holds: 'the size is zero: the slot is deleted', fails: 'the size is not zero: a slot is created' },
  ({ call }) => call.size === 0n,
  ({ call }) => ({ size: call.size }),
)
const exists: Premise<Creating> = premise(
  'internal-slot-exists',
  { holds: 'the spaces have the internal slot', fails: 'the spaces do not have the internal slot' },
  ({ call, spaces }) => spaces.some(space => slotById(space, call.id) !== null),
  ({ call, spaces }) => ({ id: call.id, slots: spaces.flatMap(space => space.slots) }),
)
const regionSound: Premise<Creating> = premise(
  'region-sound',
  {
    holds: 'the region is aligned, does not wrap, and ends within user space',
    fails: 'the region is unaligned, wraps, or ends beyond user space',
  },
  ({ call, params }) =>
    [call.gpa, call.size, call.hva].every(isPageAligned) &&
    call.gpa + call.size < TWO_TO_64 &&
    call.hva + call.size <= params.hvaLimit,
  ({ call }) => ({ gpa: call.gpa, size: call.size, hva: call.hva }),
)
const roomInEverySpace: Premise<Creating> = premise(
  'room-in-every-space',
  {
    holds: 'no space has a slot of this id or in this range',
    fails: 'a space has a slot of this id or in this range',
  },
  ({ call, spaces }) =>
    spaces.every(
      space =>
        slotById(space, call.id) === null &&
        !space.slots.some(slot => overlaps(slot, { base: pageOf(call.gpa), npages: pageOf(call.size) })),
    ),
  ({ call, spaces }) => ({ id: call.id, slots: spaces.flatMap(space => space.slots) }),
)
const withinMaxGfn: Premise<Creating> = premise(
  'within-max-gfn',
  { holds: 'the MMU can map the last frame', fails: 'the MMU cannot map the last frame' },
  ({ call, params }) => pageOf(call.gpa) + pageOf(call.size) - 1 <= params.maxGfn,
  ({ call, params }) => ({ last: pageOf(call.gpa) + pageOf(call.size) - 1, maxGfn: params.maxGfn }),
)
const checks = [idIsInternal, not(deletes), regionSound, roomInEverySpace, withinMaxGfn]

/** The machine with a slot of KVM's own in every space, by one swap each. */
export const withSlotEverywhere = (cells: Cells, region: OwnRegion): Cells => {
  const spaces = cells.spaces.map((space, as) => {
    const swaps = space.swaps + 1
    const slot: Slot = {
      id: slotId(region.id),
      base: gfn(pageOf(region.gpa)),
      npages: pageOf(region.size),
      hva: hvaPage(pageOf(region.hva)),
      log: false,
      ro: false,
      gmem: false,
      dirty: null,
      since: generationAfter(spaceId(as), swaps, cells.params.spaces),
    }
    return { slots: withSlot(space.slots, slot), swaps }
  })
  return { ...cells, spaces }
}

const refusal = (
  id: string,
  says: string,
  errno: Errno,
  check: Premise<Creating>,
  at = '__x86_set_memory_region',
): Rule<Cells> =>
  rule<Cells, Creating>({
    id,
    kind: 'call fails',
    says,
    cites: [linux('arch/x86/kvm/x86.c', at)],
    match: creating,
    after: checks.slice(0, checks.indexOf(check)),
    when: [not(check)],
    rewrite: cells => refuse(cells, errno),
  })

export const internalSlotRules: readonly Rule<Cells>[] = [
  refusal('internal.id', 'Only the ids set apart for it name internal slots.', 'EINVAL', idIsInternal),
  refusal(
    'internal.region',
    'The region of an internal slot is aligned and within user space.',
    'EINVAL',
    regionSound,
  ),
  refusal(
    'internal.exists',
    'An internal slot is created once, where nothing is.',
    'EEXIST',
    roomInEverySpace,
  ),
  refusal(
    'internal.beyond-max-gfn',
    'An internal slot ends at a frame the MMU can map; that is found out last.',
    'EINVAL',
    withinMaxGfn,
    'kvm_arch_prepare_memory_region',
  ),
  rule<Cells, Creating>({
    id: 'internal.create',
    kind: 'call succeeds',
    says: 'The hypervisor’s own slot appears in every address space, by one swap each.',
    cites: [linux('arch/x86/kvm/x86.c', '__x86_set_memory_region')],
    match: creating,
    when: checks,
    rewrite: cells => succeed(withSlotEverywhere(cells, cells.call)),
    notes: { why: 'The spaces are checked together: failing in one and not in another is left out.' },
  }),
  rule<Cells, Creating>({
    id: 'internal.delete',
    kind: 'call succeeds',
    says: 'The hypervisor deletes a slot of its own, by its id, from every address space, by two swaps each: as from inside KVM_RUN, where the APIC access page is inhibited.',
    cites: [linux('arch/x86/kvm/x86.c', '__x86_set_memory_region')],
    match: creating,
    when: [idIsInternal, deletes, exists],
    rewrite: cells => {
      const { call } = cells
      const spaces = cells.spaces.map(space => ({
        slots: without(space.slots, slotId(call.id)),
        swaps: space.swaps + 2,
      }))
      return succeed({ ...cells, spaces })
    },
    notes: {
      why: 'kvm_inhibit_apic_access_page gives up the read side and takes slots_lock, so it is serialised with updates like any call.',
      omits: 'The time in which the slot is INVALID: another thread sees the deletion whole.',
    },
  }),
  rule<Cells, Creating>({
    id: 'internal.delete-absent',
    kind: 'call succeeds',
    says: 'To delete an internal slot that is not there is no error, and changes nothing.',
    cites: [linux('arch/x86/kvm/x86.c', '__x86_set_memory_region')],
    match: creating,
    when: [idIsInternal, deletes, not(exists)],
    rewrite: cells => succeed(cells),
  }),
]

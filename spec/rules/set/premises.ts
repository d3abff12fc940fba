import { type Premise, premise } from '../../rewrite/index.js'
import { type Calling, spaceOf } from '../../terms/cells.js'
import { type Kernel, someKernel } from '../../terms/kernels.js'
import { hvaPage, pageOf } from '../../terms/numbers.js'
import type { SetCall } from '../../terms/operation.js'
import { flagsOf, GUEST_MEMFD, LOG, RO, type Slot } from '../../terms/slot.js'
import { slotById, slotsIn } from '../../terms/space.js'
import { argumentReadable, callerOwnsVm } from '../circumstances.js'
import {
  areFlagsLegal,
  gpaAligned,
  gpaDoesNotWrap,
  hvaUsable,
  idBelowLimit,
  type RegionCheck,
  sizeAligned,
  sizeWithinSlot,
} from '../region-checks.js'
import { memfdOffsetSound } from './memfd.js'

export type Setting = Calling<SetCall>

const checked = ({ name, says, passes, shows }: RegionCheck): Premise<Setting> =>
  premise(
    name,
    says,
    ({ call, params }) => passes(call, params),
    ({ call, params }) => shows(call, params),
  )

/** The slot the call names, as it stands in the active set. */
export const oldSlot = ({ call, spaces }: Setting): Slot | null => {
  const space = spaces[call.as]
  return space === undefined ? null : slotById(space, call.id)
}

const wantedRange = (call: SetCall): { readonly base: number; readonly npages: number } => ({
  base: pageOf(call.gpa),
  npages: pageOf(call.size),
})

/** Whether the call makes a slot appear where there was none of its id, or somewhere else. */
const createsOrMoves = (cells: Setting): boolean => {
  const old = oldSlot(cells)
  return cells.call.size > 0n && (old === null || old.base !== pageOf(cells.call.gpa))
}

const intruder = (cells: Setting): Slot | null => {
  const slots = spaceOf(cells, cells.call.as)?.slots ?? []
  const others = slotsIn({ slots }, wantedRange(cells.call)).filter(slot => slot.id !== cells.call.id)
  return others[0] ?? null
}

export const region2Exists: Premise<Setting> = premise(
  'region2-exists',
  {
    holds: 'the call is the first ioctl, or the kernel may be one with the second',
    fails: 'the call is the second ioctl, and the kernel has only the first',
  },
  ({ call, params }) => call.ioctl !== 2 || someKernel(params, k => k.region2),
  ({ call, params }) => ({ ioctl: call.ioctl ?? 1, kernel: params.kernel ?? 'any' }),
)
export const region2MayBeMissing: Premise<Setting> = premise(
  'region2-may-be-missing',
  {
    holds: 'the call is the second ioctl, and the kernel may be one without it',
    fails: 'the call is the first ioctl, or the kernel has the second',
  },
  ({ call, params }) => call.ioctl === 2 && someKernel(params, k => !k.region2),
  ({ call, params }) => ({ ioctl: call.ioctl ?? 1, kernel: params.kernel ?? 'any' }),
)
export const v1FlagsKnown: Premise<Setting> = premise(
  'v1-flags-known',
  {
    holds: 'the call is the second ioctl, or sets no flag but LOG and RO',
    fails: 'the call is the first ioctl, and sets a flag other than LOG and RO',
  },
  ({ call }) => call.ioctl === 2 || (call.flags & ~(LOG | RO)) === 0,
  ({ call }) => ({ flags: call.flags, ioctl: call.ioctl ?? 1 }),
)
export const idIsUsers = checked(idBelowLimit)
const legalUnder =
  ({ call, params }: Setting) =>
  ({ memfdFlag }: Kernel): boolean =>
    areFlagsLegal(call, params, params.guestMemfd || memfdFlag)
const flagsShown = ({ call, params }: Setting) => ({
  flags: call.flags,
  readonlyMem: params.readonlyMem,
  guestMemfd: params.guestMemfd,
  kernel: params.kernel ?? 'any',
})
export const flagsAreLegal: Premise<Setting> = premise(
  'flags-legal',
  {
    holds: 'the flags are ones a VM of the kernel may have, and GUEST_MEMFD is alone',
    fails: 'a flag is set that no VM of the kernel has, or GUEST_MEMFD is not alone',
  },
  cells => someKernel(cells.params, legalUnder(cells)),
  flagsShown,
)
export const flagsMayBeIllegal: Premise<Setting> = premise(
  'flags-may-be-illegal',
  {
    holds: 'a flag is set that a VM of the kernel may not have, or GUEST_MEMFD is not alone',
    fails: 'every flag set is one that any VM of the kernel has, and GUEST_MEMFD is alone',
  },
  cells => someKernel(cells.params, kernel => !legalUnder(cells)(kernel)),
  flagsShown,
)
export const sizeIsAligned = checked(sizeAligned)
export const gpaIsAligned = checked(gpaAligned)
export const hvaIsUsable = checked(hvaUsable)
export const spaceExists: Premise<Setting> = premise(
  'space-exists',
  { holds: 'the VM has the address space', fails: 'the VM does not have the address space' },
  ({ call, spaces }) => call.as < spaces.length,
  ({ call, spaces }) => ({ as: call.as, spaces: spaces.length }),
)
export const rangeDoesNotWrap = checked(gpaDoesNotWrap)
export const sizeIsWithinSlot = checked(sizeWithinSlot)

export const asksDelete: Premise<Setting> = premise(
  'asks-delete',
  { holds: 'the size is 0', fails: 'the size is not 0' },
  ({ call }) => call.size === 0n,
  ({ call }) => ({ size: call.size }),
)
export const slotExists: Premise<Setting> = premise(
  'slot-exists',
  { holds: 'the space has a slot of this id', fails: 'the space has no slot of this id' },
  cells => oldSlot(cells) !== null,
  ({ call, spaces }) => ({ as: call.as, id: call.id, ids: spaces[call.as]?.slots.map(s => s.id) ?? [] }),
)
export const liveSlotIsNoMemfd: Premise<Setting> = premise(
  'no-memfd-on-live-slot',
  {
    holds: 'GUEST_MEMFD is not asked of a slot that exists',
    fails: 'GUEST_MEMFD is asked of a slot that exists',
  },
  cells => cells.call.size === 0n || (cells.call.flags & GUEST_MEMFD) === 0 || oldSlot(cells) === null,
  ({ call }) => ({ id: call.id, flags: call.flags }),
)
export const keepsWhatMayNotChange: Premise<Setting> = premise(
  'keeps-hva-size-ro',
  {
    holds: 'no slot exists, or it keeps its hva, its size, its RO and its GUEST_MEMFD',
    fails: 'the slot exists, and its hva, its size, its RO or its GUEST_MEMFD would change',
  },
  cells => {
    const { call } = cells
    const old = oldSlot(cells)
    if (old === null || call.size === 0n) return true
    const same = old.hva === hvaPage(pageOf(call.hva)) && old.npages === pageOf(call.size)
    return same && ((flagsOf(old) ^ call.flags) & (RO | GUEST_MEMFD)) === 0
  },
  cells => ({ old: oldSlot(cells), hva: cells.call.hva, size: cells.call.size, flags: cells.call.flags }),
)
export const rangeIsFree: Premise<Setting> = premise(
  'range-free',
  {
    holds: 'the range overlaps no other slot of the space',
    fails: 'the range overlaps another slot of the space',
    failing: cells => `the range overlaps slot ${intruder(cells)?.id}`,
  },
  cells => !createsOrMoves(cells) || intruder(cells) === null,
  cells => ({ wanted: wantedRange(cells.call), other: intruder(cells) }),
)
export const changesBase: Premise<Setting> = premise(
  'base-differs',
  { holds: 'the gpa differs from that of the slot', fails: 'the gpa is that of the slot' },
  cells => oldSlot(cells)?.base !== pageOf(cells.call.gpa),
  cells => ({ from: oldSlot(cells)?.base, to: pageOf(cells.call.gpa) }),
)
export const changesFlags: Premise<Setting> = premise(
  'flags-differ',
  { holds: 'the flags differ from those of the slot', fails: 'the flags are those of the slot' },
  cells => {
    const old = oldSlot(cells)
    return old !== null && flagsOf(old) !== cells.call.flags
  },
  cells => ({ flags: cells.call.flags, old: oldSlot(cells) }),
)

const isNoOp = (cells: Setting): boolean =>
  cells.call.size > 0n && oldSlot(cells) !== null && !changesBase.holds(cells) && !changesFlags.holds(cells)

const needsBitmap = (cells: Setting): boolean =>
  cells.call.size > 0n &&
  (cells.call.flags & LOG) !== 0 &&
  !cells.ring &&
  (oldSlot(cells)?.dirty ?? null) === null

export const slotObjectsAllocated: Premise<Setting> = premise(
  'slot-objects-allocated',
  {
    holds: 'slot objects can be allocated, or none is needed',
    fails: 'a slot object is needed and cannot be allocated',
  },
  cells =>
    cells.call.allocation !== 'early' || isNoOp(cells) || (cells.call.size === 0n && oldSlot(cells) === null),
  ({ call }) => ({ allocation: call.allocation }),
)
export const bitmapAllocated: Premise<Setting> = premise(
  'bitmap-allocated',
  {
    holds: 'a dirty bitmap can be allocated, or no new one is needed',
    fails: 'a new dirty bitmap is needed and cannot be allocated',
  },
  cells => cells.call.allocation !== 'late' || !needsBitmap(cells),
  ({ call }) => ({ allocation: call.allocation, flags: call.flags }),
)
export const endsWithinMaxGfn: Premise<Setting> = premise(
  'within-max-gfn',
  {
    holds: 'the MMU can map the last frame of the range, or the range neither appears nor moves',
    fails: 'the range appears or moves, and the MMU cannot map its last frame',
  },
  cells =>
    !createsOrMoves(cells) || pageOf(cells.call.gpa) + pageOf(cells.call.size) - 1 <= cells.params.maxGfn,
  ({ call, params }) => ({ last: pageOf(call.gpa) + pageOf(call.size) - 1, maxGfn: params.maxGfn }),
)
export const metadataAllocated: Premise<Setting> = premise(
  'metadata-allocated',
  {
    holds: 'the architecture’s metadata can be allocated, or the range neither appears nor moves',
    fails: 'the range appears or moves, and the architecture’s metadata for it cannot be allocated',
  },
  cells => cells.call.allocation !== 'late' || !createsOrMoves(cells),
  ({ call }) => ({ allocation: call.allocation }),
)
export const allocationMayFail: Premise<Setting> = premise(
  'allocation-may-fail',
  {
    holds: 'an allocation may fail unasked, and the call makes one',
    fails: 'no allocation may fail unasked, or the call makes none',
  },
  cells =>
    cells.params.allocations === 'may fail' &&
    !isNoOp(cells) &&
    (cells.call.size > 0n || oldSlot(cells) !== null),
  ({ params }) => ({ allocations: params.allocations }),
)

/** The checks a request meets before the set is looked at, in Linux's order. */
export const staticChecks: readonly Premise<Setting>[] = [
  callerOwnsVm,
  region2Exists,
  argumentReadable,
  v1FlagsKnown,
  idIsUsers,
  flagsAreLegal,
  sizeIsAligned,
  gpaIsAligned,
  hvaIsUsable,
  memfdOffsetSound,
  spaceExists,
  rangeDoesNotWrap,
  sizeIsWithinSlot,
]

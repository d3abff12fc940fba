import { below, between, chance, pick } from '../../../spec/generate/random.js'
import { someKernel } from '../../../spec/terms/kernels.js'
import { addressOf, pageOf, u64 } from '../../../spec/terms/numbers.js'
import type { CreateGuestMemfdCall, MemfdField, SetCall } from '../../../spec/terms/operation.js'
import { flagsOf, GUEST_MEMFD, LOG, RO, type Slot } from '../../../spec/terms/slot.js'
import { type Drawing, freeId, type Maker, someSlot, someSpace, spaceAt } from './drawing.js'
import { freePlace, someFlags, someHostPage } from './place.js'

/** Through which ioctl: the second one now and then, where there is one. */
const through = ({ r, world }: Drawing): Pick<SetCall, 'ioctl'> => {
  const has = someKernel(world.params, k => k.region2)
  return world.features.has('region2') && chance(r, has ? 0.1 : 0.02) ? { ioctl: 2 } : {}
}

const describe = (d: Drawing, as: number, slot: Slot, change: Partial<SetCall>): SetCall => ({
  op: 'set',
  as,
  id: slot.id,
  gpa: addressOf(slot.base),
  size: addressOf(slot.npages),
  hva: addressOf(slot.hva),
  flags: flagsOf(slot),
  ...(slot.gmem ? { ioctl: 2 } : through(d)),
  ...change,
})

/** Pages of a file behind slots, as intervals from the first to beyond the last. */
const boundPages = ({ cells }: Drawing, file: number): readonly (readonly [number, number])[] =>
  cells.spaces.flatMap(({ slots }) =>
    slots.flatMap(({ gmem, npages }) =>
      typeof gmem === 'boolean' || gmem.file !== file ? [] : [[gmem.first, gmem.first + npages] as const],
    ),
  )

/** Pages of a file beyond those that are behind slots; none, for a file of its own, where there is no room. */
const someBinding = (d: Drawing, pages: number): Pick<SetCall, 'memfd'> => {
  if (d.cells.memfds.length === 0) return {}
  const { file, npages } = pick(d.r, d.cells.memfds)
  const first = Math.max(0, ...boundPages(d, file).map(([, end]) => end))
  return first + pages > npages ? {} : { memfd: { file, offset: addressOf(first) } }
}

/** A file of guest_memfd, of a VM that can make one; now and then of another. */
export const createMemfd: Maker<CreateGuestMemfdCall> = ({ r, world, cells }) => {
  if (!world.params.guestMemfd && !(world.features.has('limits') && chance(r, 0.05))) return null
  const file = chance(r, 0.9) ? cells.memfds.length : below(r, 4)
  return { op: 'create-guest-memfd', file, size: addressOf(between(r, 1, 40)) }
}

export const create: Maker<SetCall> = d => {
  const as = someSpace(d)
  const { slots } = spaceAt(d, as)
  const id = freeId(d, slots)
  const place = freePlace(d, as, slots)
  if (id === null || place === null) return null
  const { base, npages } = place
  const at = { gpa: addressOf(base), size: addressOf(npages), hva: addressOf(someHostPage(d, place)) }
  // Now and then on a VM that can have none, where the target can be asked that at all.
  const backed = d.world.features.has('gmem') && chance(d.r, d.world.params.guestMemfd ? 0.2 : 0.01)
  const flags = backed
    ? { flags: GUEST_MEMFD, ioctl: 2 as const, ...someBinding(d, place.npages) }
    : { flags: someFlags(d), ...through(d) }
  return { op: 'set', as, id, ...at, ...flags }
}

/** A slot with pages of a file; now and then what KVM refuses in one way or another. */
export const bind: Maker<SetCall> = d => {
  const made = d.world.params.guestMemfd ? create(d) : null
  if (made === null) return null
  const flags = { flags: GUEST_MEMFD, ioctl: 2 as const }
  const bound = someBinding(d, pageOf(made.size))
  return { ...made, ...flags, ...(chance(d.r, 0.3) ? { memfd: oddBinding(d) } : bound) }
}

/** What KVM refuses: a descriptor that is not open or another's, an odd offset, the end of a file, pages that are bound. */
export const oddBinding = (d: Drawing): MemfdField => {
  const [{ file, npages } = { file: 0, npages: 0 }] = d.cells.memfds
  const bound = d.cells.memfds.flatMap(one =>
    boundPages(d, one.file).map(([first]) => ({ file: one.file, offset: addressOf(first) })),
  )
  if (bound.length > 0 && chance(d.r, 0.5)) return pick(d.r, bound)
  return pick<MemfdField>(d.r, [
    { file: 'other', offset: u64(0) },
    { file: 9, offset: u64(0) },
    { file, offset: u64(0x800) },
    { file, offset: addressOf(npages) },
    { file, offset: u64((1n << 63n) - 4096n) },
  ])
}

export const remove: Maker<SetCall> = d => {
  const as = someSpace(d)
  const slot = someSlot(d, as)
  if (slot === null) return null
  const zero = u64(0)
  // Linux looks at nothing else once the size is 0, if it is well formed.
  const rest = chance(d.r, 0.7)
    ? { gpa: zero, hva: zero, flags: 0 }
    : { flags: slot.gmem ? 0 : flagsOf(slot) }
  return describe(d, as, slot, { size: zero, ...rest })
}

export const move: Maker<SetCall> = d => {
  const as = someSpace(d)
  const slot = someSlot(d, as)
  if (slot === null || slot.gmem) return null
  const others = spaceAt(d, as).slots.filter(other => other !== slot)
  const place = freePlace(d, as, others, slot.npages)
  if (place === null) return null
  const flags = chance(d.r, 0.2) ? { flags: flagsOf(slot) ^ LOG } : {}
  return describe(d, as, slot, { gpa: addressOf(place.base), ...flags })
}

export const reflag: Maker<SetCall> = d => {
  const as = someSpace(d)
  const slot = someSlot(d, as)
  return slot === null || slot.gmem ? null : describe(d, as, slot, { flags: flagsOf(slot) ^ LOG })
}

/** The same slot again; or one with what may not change changed. */
export const again: Maker<SetCall> = d => {
  const as = someSpace(d)
  const slot = someSlot(d, as)
  if (slot === null) return null
  if (chance(d.r, 0.6) && !slot.gmem) return describe(d, as, slot, {})
  return describe(
    d,
    as,
    slot,
    pick<Partial<SetCall>>(d.r, [
      { flags: flagsOf(slot) ^ RO },
      { size: addressOf(slot.npages + 1) },
      { hva: addressOf(slot.hva + 1) },
    ]),
  )
}

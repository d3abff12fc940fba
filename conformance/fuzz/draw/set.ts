import { chance, pick } from '../../../spec/generate/random.js'
import { someKernel } from '../../../spec/terms/kernels.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
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
  const flags = backed ? { flags: GUEST_MEMFD, ioctl: 2 as const } : { flags: someFlags(d), ...through(d) }
  return { op: 'set', as, id, ...at, ...flags }
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

import { below, chance, pick } from '../../../spec/generate/random.js'
import { addressOf, SMM, u64 } from '../../../spec/terms/numbers.js'
import type {
  EnterSmmCall,
  HostProtectCall,
  HvaRangeCall,
  InternalSlotCall,
  LookupCall,
  PokeCall,
  RsmCall,
  SetTssAddrCall,
  SetVcpuCall,
} from '../../../spec/terms/operation.js'
import { someData } from './access.js'
import { type Drawing, type Maker, someSpace } from './drawing.js'
import { freePlace, someFrame, someHostPage, somePages } from './place.js'

export const lookup: Maker<LookupCall> = d => {
  const as = someSpace(d)
  return { op: 'lookup', as, gfn: someFrame(d, as) }
}

/** A host page behind a slot, if there is any. */
const backedPage = (d: Drawing): number => {
  const slots = d.cells.spaces.flatMap(space => space.slots)
  if (slots.length === 0 || chance(d.r, 0.2))
    return someHostPage(d, { base: below(d.r, d.world.frames), npages: 1 })
  const slot = pick(d.r, slots)
  return Math.max(0, pick(d.r, [slot.hva, slot.hva + below(d.r, slot.npages), slot.hva + slot.npages - 1]))
}

export const hvaRange: Maker<HvaRangeCall> = d => {
  const from = backedPage(d)
  if (chance(d.r, 0.3)) return { op: 'hva-range', hva: u64(addressOf(from) + 0x800n), size: u64(0x1000) }
  return { op: 'hva-range', hva: addressOf(from), size: addressOf(somePages(d)) }
}

/** All of user space at once: every slot of every space, by frame. */
export const everything: Maker<HvaRangeCall> = ({ world }) => ({
  op: 'hva-range',
  hva: u64(0),
  size: world.params.hvaLimit,
})

/** Rights are taken now and then, and mostly given back: on a VM whose host denies everything all accesses end alike. */
export const hostProtect: Maker<HostProtectCall> = d => ({
  op: 'host-protect',
  hva: addressOf(backedPage(d)),
  size: addressOf(somePages(d)),
  rights: pick(d.r, ['none', 'read', 'all', 'all', 'all']),
})

export const poke: Maker<PokeCall> = d => ({
  op: 'poke',
  hva: addressOf(backedPage(d)),
  data: someData(d, pick(d.r, [1, 4, 8])),
})

const someVcpu = ({ r, cells }: Drawing): number | null =>
  cells.vcpus.length === 0 ? null : pick(r, cells.vcpus).id

export const setVcpu: Maker<SetVcpuCall> = d => {
  const vcpu = someVcpu(d)
  return vcpu === null ? null : { op: 'set-vcpu', vcpu, as: below(d.r, d.cells.spaces.length) }
}

/** Into SMM or out of it, whichever the vCPU can do; now and then the other. */
export const smm: Maker<EnterSmmCall | RsmCall> = d => {
  const vcpu = someVcpu(d)
  if (vcpu === null) return null
  const inside = d.cells.vcpus.find(v => v.id === vcpu)?.space === SMM
  return { op: inside === chance(d.r, 0.9) ? 'rsm' : 'enter-smm', vcpu }
}

/** The TSS, mostly where there is room for it and once. */
export const setTssAddr: Maker<SetTssAddrCall> = d => {
  const all = d.cells.spaces.flatMap(space => space.slots)
  if (all.some(slot => slot.id === d.world.params.slotLimit) && chance(d.r, 0.9)) return null
  const place = freePlace(d, 0, all, 3)
  return place === null ? null : { op: 'set-tss-addr', addr: addressOf(place.base) }
}

export const internalSlot: Maker<InternalSlotCall> = d => {
  const { internalIds } = d.world.params
  const place = freePlace(
    d,
    0,
    d.cells.spaces.flatMap(space => space.slots),
  )
  if (internalIds.length === 0 || place === null) return null
  const { base, npages } = place
  const id = pick(d.r, internalIds)
  if (chance(d.r, 0.3)) return { op: 'internal-slot', id, gpa: u64(0), size: u64(0), hva: u64(0) }
  const hva = addressOf(someHostPage(d, place))
  return { op: 'internal-slot', id, gpa: addressOf(base), size: addressOf(npages), hva }
}

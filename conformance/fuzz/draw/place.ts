import { below, between, chance, pick } from '../../../spec/generate/random.js'
import { MAX_SLOT_PAGES, pageOf } from '../../../spec/terms/numbers.js'
import { endOf, LOG, overlaps, RO, type Slot } from '../../../spec/terms/slot.js'
import { type Drawing, spaceAt } from './drawing.js'

const SIZES = [1, 1, 2, 2, 3, 4, 5, 8, 16] as const
const WIDE_SIZES = [1, 63, 64, 65, 100, 127, 128, 130, 192] as const
const HUGE_SIZES = [2 ** 16, 2 ** 18 + 1, 2 ** 31 - 64, MAX_SLOT_PAGES] as const

/** Host page of the small world’s frame 0 under the mapping that most slots share. */
const HOST = 0x10000

export const somePages = ({ r, world }: Drawing): number => {
  if (chance(r, 0.01) && world.features.has('huge-slots')) return pick(r, HUGE_SIZES)
  return pick(r, world.wide ? WIDE_SIZES : SIZES)
}

/** The last gfn of 64 bits of address. */
export const LAST_FRAME = 2 ** 52 - 1

const within = (frame: number): number => Math.max(0, Math.min(frame, LAST_FRAME))

const aboutSlot = ({ r }: Drawing, slot: Slot): number =>
  within(pick(r, [slot.base, slot.base - 1, endOf(slot), endOf(slot) - 1, slot.base + below(r, slot.npages)]))

const farFrame = ({ r, world }: Drawing): number => {
  const { maxGfn } = world.params
  return within(pick(r, [maxGfn, maxGfn - 1, maxGfn - 7, Math.min(maxGfn, MAX_SLOT_PAGES)]))
}

/** A frame at the edge of a slot of this space or another one, anywhere in the small world, or at its end. */
export const someFrame = (d: Drawing, as: number): number => {
  const { r, cells, world } = d
  const where = chance(r, 0.85) ? spaceAt(d, as) : spaceAt(d, below(r, cells.spaces.length))
  if (where.slots.length > 0 && chance(r, 0.6)) return aboutSlot(d, pick(r, where.slots))
  return chance(r, 0.02) ? farFrame(d) : Math.min(below(r, world.frames), world.params.maxGfn)
}

/** A frame that lies in a slot of the space, if it has any. */
export const mappedFrame = (d: Drawing, as: number): number => {
  const { slots } = spaceAt(d, as)
  if (slots.length === 0) return someFrame(d, as)
  const slot = pick(d.r, slots)
  return chance(d.r, 0.5)
    ? slot.base + below(d.r, Math.min(slot.npages, 4))
    : slot.base + below(d.r, slot.npages)
}

export interface Place {
  readonly base: number
  readonly npages: number
}

/** Room that none of the slots takes, found by clipping a few tries; null where they all met slots. */
export const freePlace = (d: Drawing, as: number, among: readonly Slot[], pages?: number): Place | null => {
  const { maxGfn } = d.world.params
  for (let tries = 0; tries < 6; tries++) {
    const wanted = someFrame(d, as)
    const inside = among.find(slot => slot.base <= wanted && wanted < endOf(slot))
    const base = inside === undefined ? wanted : endOf(inside)
    const next = among.reduce(
      (least, slot) => (slot.base >= base ? Math.min(least, slot.base) : least),
      maxGfn + 1,
    )
    const npages = Math.min(pages ?? somePages(d), next - base)
    const fits = npages >= 1 && (pages === undefined || npages === pages)
    if (fits && !among.some(slot => overlaps(slot, { base, npages }))) return { base, npages }
  }
  return null
}

/**
 * A host page for a region: mostly a constant away from its frame, so that regions continue each other; else an alias
 * of a slot, somewhere in the small world, or against the end of user space.
 */
export const someHostPage = (d: Drawing, { base, npages }: Place): number => {
  const { r, cells, world } = d
  const limit = pageOf(world.params.hvaLimit)
  const near = Math.min(base, 2 ** 20)
  const slots = spaceAt(d, below(r, cells.spaces.length)).slots
  const kind = below(r, 20)
  const slot = slots.length === 0 ? null : pick(r, slots)
  const page =
    kind < 10 || (slot === null && kind < 15)
      ? HOST + near
      : kind < 15
        ? (slot?.hva ?? HOST) + pick(r, [0, 0, 1, -1, between(r, 0, 8)])
        : kind < 17
          ? HOST + below(r, world.frames)
          : kind < 19
            ? HOST + near + pick(r, [-1, 1, world.frames])
            : pick(r, [0, limit - npages])
  return Math.max(0, Math.min(page, limit - npages))
}

/** LOG and RO, as far as the VM has them. */
export const someFlags = ({ r, world }: Drawing): number => {
  const log = chance(r, world.logged ? 0.85 : 0.4) ? LOG : 0
  return log | (world.params.readonlyMem && chance(r, 0.2) ? RO : 0)
}

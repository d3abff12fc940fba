import { below, between, pick } from '../../../spec/generate/random.js'
import { generation, gfn, hvaPage, slotId } from '../../../spec/terms/numbers.js'
import { endOf, flagsOf, LOG, RO, type Slot } from '../../../spec/terms/slot.js'
import { type Drawing, freeId } from './drawing.js'
import { freePlace, someFlags, someHostPage } from './place.js'

type Edit = (d: Drawing, as: number, slots: readonly Slot[]) => readonly Slot[]

const added: Edit = (d, as, slots) => {
  const id = freeId(d, slots)
  const place = freePlace(d, as, slots)
  if (id === null || place === null) return slots
  const flags = someFlags(d)
  const slot: Slot = {
    id: slotId(id),
    base: gfn(place.base),
    npages: place.npages,
    hva: hvaPage(someHostPage(d, place)),
    log: (flags & LOG) !== 0,
    ro: (flags & RO) !== 0,
    gmem: false,
    dirty: null,
    since: generation(0),
  }
  return [...slots, slot]
}

const changed =
  (change: (d: Drawing, as: number, slot: Slot, others: readonly Slot[]) => Slot | null): Edit =>
  (d, as, slots) => {
    const editable = slots.filter(slot => !slot.gmem && slot.id < d.world.params.slotLimit)
    if (editable.length === 0) return slots
    const slot = pick(d.r, editable)
    const others = slots.filter(other => other !== slot)
    const now = change(d, as, slot, others)
    return now === null ? others : [...others, now]
  }

const removed = changed(() => null)
const moved = changed((d, as, slot, others) => {
  const place = freePlace(d, as, others, slot.npages)
  return place === null ? slot : { ...slot, base: gfn(place.base) }
})
const reflagged = changed((d, _, slot) => {
  const ro = d.world.params.readonlyMem
  const flags = flagsOf(slot) ^ (ro ? pick(d.r, [LOG, LOG, RO, LOG | RO]) : LOG)
  return { ...slot, log: (flags & LOG) !== 0, ro: (flags & RO) !== 0 }
})
const rebacked = changed((d, _, slot) => ({ ...slot, hva: hvaPage(someHostPage(d, slot)) }))
const resized = changed(({ r, world }, _, slot, others) => {
  const end = others.reduce(
    (least, other) => (other.base > slot.base ? Math.min(least, other.base) : least),
    world.params.maxGfn + 1,
  )
  return { ...slot, npages: between(r, 1, Math.min(end - slot.base, slot.npages + 8)) }
})
/** Front cut off: base and host page move on together, so that the pages that stay are kept. */
const beheaded = changed(({ r }, _, slot) => {
  const by = below(r, slot.npages)
  return { ...slot, base: gfn(slot.base + by), hva: hvaPage(slot.hva + by), npages: slot.npages - by }
})
/** Two slots exchange their ids. */
const renamed: Edit = ({ r, world }, _, slots) => {
  const editable = slots.filter(slot => !slot.gmem && slot.id < world.params.slotLimit)
  if (editable.length < 2) return slots
  const [a, b] = [pick(r, editable), pick(r, editable)]
  return slots.map(slot => (slot === a ? { ...a, id: b.id } : slot === b ? { ...b, id: a.id } : slot))
}
/** A slot moves on and another id takes its place over, host pages and all: each of them goes on with its log. */
const inherited: Edit = (d, as, slots) => {
  const editable = slots.filter(slot => !slot.gmem && slot.id < d.world.params.slotLimit)
  const id = freeId(d, slots)
  if (editable.length === 0 || id === null) return slots
  const slot = pick(d.r, editable)
  const place = freePlace(d, as, slots, slot.npages)
  if (place === null) return slots
  const others = slots.filter(other => other !== slot)
  return [...others, { ...slot, id: slotId(id) }, { ...slot, base: gfn(place.base) }]
}
/** A slot takes over the flags of the next one, so that the two may be merged. */
const joined = changed((_d, _as, slot, others) => {
  const next = others.find(other => other.base === endOf(slot))
  return next === undefined ? slot : { ...slot, ro: next.ro, log: next.log }
})

const EDITS: readonly Edit[] = [
  added,
  added,
  removed,
  moved,
  reflagged,
  rebacked,
  resized,
  beheaded,
  renamed,
  inherited,
  joined,
]

/** Another legal set of slots: this one with a few changes. */
export const edited = (d: Drawing, as: number, slots: readonly Slot[], changes: number): readonly Slot[] => {
  let now = slots
  for (let i = 0; i < changes; i++) now = pick(d.r, EDITS)(d, as, now)
  return now
}

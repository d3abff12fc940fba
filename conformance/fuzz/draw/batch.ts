import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { below, between, chance, pick, shuffled } from '../../../spec/generate/random.js'
import { override } from '../../../spec/terms/batch.js'
import * as build from '../../../spec/terms/build-batch.js'
import { resultBound } from '../../../spec/terms/carry.js'
import { generation, u64 } from '../../../spec/terms/numbers.js'
import { type BatchCall, type BatchEntry, HARVEST } from '../../../spec/terms/operation.js'
import { endOf, flagsOf, type Slot } from '../../../spec/terms/slot.js'
import type { Space } from '../../../spec/terms/space.js'
import { type Drawing, freeId, type Maker, someSpace, spaceAt, userSlots } from './drawing.js'
import { edited } from './edit.js'

type Built = Either<unknown, readonly BatchEntry[]>
type Builder = (d: Drawing, space: Space, slot: Slot, as: number) => Built | readonly BatchEntry[] | null

const split: Builder = (d, space, slot) => {
  const id = freeId(d, space.slots)
  return id === null || slot.npages < 2
    ? null
    : build.split(space, slot.id, between(d.r, 1, slot.npages - 1), id)
}
const merge: Builder = (_, space, slot) => {
  const next = space.slots.find(
    other =>
      other.base === endOf(slot) &&
      other.hva === slot.hva + slot.npages &&
      flagsOf(other) === flagsOf(slot) &&
      !other.gmem,
  )
  return next === undefined ? null : build.merge(space, [slot.id, next.id])
}
const truncate: Builder = ({ r }, space, slot) =>
  slot.npages < 2 ? null : build.truncate(space, slot.id, between(r, 1, slot.npages - 1))
const grow: Builder = ({ r, world }, space, slot) => {
  const end = space.slots.find(other => other.base > slot.base)?.base ?? world.params.maxGfn + 1
  const room = end - endOf(slot)
  return room < 1 ? null : build.grow(space, slot.id, slot.npages + between(r, 1, Math.min(room, 8)))
}
const punch: Builder = (d, space, slot) => {
  const id = freeId(d, space.slots)
  if (id === null || slot.npages < 3) return null
  const from = between(d.r, 1, slot.npages - 2)
  return build.punch(space, slot.id, from, between(d.r, from + 1, slot.npages - 1), id)
}
const exchange: Builder = (d, space, slot) => {
  const others = space.slots.filter(other => other !== slot && !other.gmem)
  return others.length === 0 ? null : build.exchange(space, slot.id, pick(d.r, others).id)
}

const BUILDERS: readonly Builder[] = [split, merge, truncate, grow, punch, exchange]

/** What the caller wants of the retired bits: only the total, or records with or without bits, and the room for them. */
const asking = (d: Drawing, space: Space, entries: readonly BatchEntry[]): Partial<BatchCall> => {
  const { r } = d
  const how = below(r, 6)
  if (how === 0) return {}
  const flags = how < 4 ? HARVEST : 0
  if (chance(r, 0.6)) return { flags, resultSize: u64(0x10000) }
  const bound = resultBound(space.slots, override(space, entries, generation(0)), flags === HARVEST)
  // Exactly enough; for records a room of 0 would mean that none are wanted.
  return { flags, resultSize: u64(bound) }
}

const finish = (d: Drawing, as: number, entries: readonly BatchEntry[]): BatchCall => {
  const space = spaceAt(d, as)
  const listed = chance(d.r, 0.5) ? shuffled(d.r, entries) : entries
  return { ...build.batchCall(as, listed), ...asking(d, space, listed) }
}

/** A batch of one of the named changes: split, merge, truncate, grow, punch, exchange. */
export const named: Maker<BatchCall> = d => {
  const as = someSpace(d)
  const slots = userSlots(d, as).filter(slot => !slot.gmem)
  if (slots.length === 0) return null
  const slot = pick(d.r, slots)
  const from = below(d.r, BUILDERS.length)
  for (let i = 0; i < BUILDERS.length; i++) {
    const builder = BUILDERS[(from + i) % BUILDERS.length] as Builder
    const built = builder(d, spaceAt(d, as), slot, as)
    if (built === null) continue
    if (!('_tag' in built)) return finish(d, as, built)
    if (!isLeft(built)) return finish(d, as, built.right)
  }
  return null
}

/** A batch from the set as it is to one with a few changes, now and then with an entry that changes nothing. */
export const replace: Maker<BatchCall> = d => {
  const as = someSpace(d)
  const before = userSlots(d, as)
  const { slots } = spaceAt(d, as)
  const after = edited(d, as, slots, between(d.r, 1, 4)).filter(slot => slot.id < d.world.params.slotLimit)
  const entries = build.replaceAll(before, after)
  const kept = before.filter(slot => !slot.gmem && !entries.some(entry => entry.id === slot.id))
  const more = kept.length > 0 && chance(d.r, 0.2) ? [build.entryFor(pick(d.r, kept))] : []
  return finish(d, as, [...entries, ...more])
}

/** A batch of removals, of everything or of some. */
export const clearOut: Maker<BatchCall> = d => {
  const as = someSpace(d)
  const slots = userSlots(d, as)
  if (slots.length === 0) return null
  const gone = chance(d.r, 0.3) ? slots : slots.filter(() => chance(d.r, 0.5))
  return finish(
    d,
    as,
    gone.map(slot => build.removalOf(slot.id)),
  )
}

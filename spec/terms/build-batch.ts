import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { counted } from './counted.js'
import { addressOf, type SlotId, type U64, u64 } from './numbers.js'
import type { BatchCall, BatchEntry } from './operation.js'
import { endOf, flagsOf, type Slot, sameRegion } from './slot.js'
import { type Space, slotById } from './space.js'

/** Why a change cannot be built: its name, and the reason in words. */
export interface CannotBuild {
  readonly change: string
  readonly why: string
}
type Built = Either<CannotBuild, readonly BatchEntry[]>

const cannot = (change: string, why: string): Built => left({ change, why })

/** The entry that sets a slot as it is: addresses and size in bytes. */
export const entryFor = (slot: Slot): BatchEntry => ({
  do: 'set',
  id: slot.id,
  gpa: addressOf(slot.base),
  size: addressOf(slot.npages),
  hva: addressOf(slot.hva),
  flags: flagsOf(slot),
})
const zero: U64 = u64(0)
/** The entry that removes the slot of this id. */
export const removalOf = (id: SlotId | number): BatchEntry => ({
  do: 'remove',
  id,
  gpa: zero,
  size: zero,
  hva: zero,
  flags: 0,
})

/** The part of a slot from its page `from` to its page `to`, under an id. */
const part = (slot: Slot, from: number, to: number, id: number): Slot =>
  ({ ...slot, id, base: slot.base + from, npages: to - from, hva: slot.hva + from }) as Slot

/** A batch of these entries for one space, without records of what it retires. */
export const batchCall = (as: number, entries: readonly BatchEntry[]): BatchCall => ({
  op: 'batch',
  as,
  flags: 0,
  resultSize: zero,
  entries,
})

/**
 * Cuts slot `of` in two at its page `at`, which lies inside it; the first part keeps the id, the second takes `id`, which
 * no slot of the space has. Left where that is not so.
 *
 * @example
 * const built = split(space, 0, 256, 1)
 * const call = isRight(built) ? batchCall(0, built.right) : null
 */
export const split = (space: Space, of: number, at: number, id: number): Built => {
  const slot = slotById(space, of)
  if (slot === null) return cannot('split', `there is no slot ${of}`)
  if (at <= 0 || at >= slot.npages) return cannot('split', `page ${at} does not lie inside slot ${of}`)
  if (slotById(space, id) !== null) return cannot('split', `slot ${id} is taken`)
  return right([entryFor(part(slot, 0, at, of)), entryFor(part(slot, at, slot.npages, id))])
}

/** Joins slots that continue each other in frames and in host pages, and agree in their flags, under the first's id. Left where they do not. */
export const merge = (space: Space, ids: readonly number[]): Built => {
  const slots = ids.map(id => slotById(space, id))
  const [first, ...rest] = slots
  if (first === undefined || first === null || rest.some(slot => slot === null)) {
    return cannot('merge', 'not all the slots exist')
  }
  let whole: Slot = first
  for (const next of rest as readonly Slot[]) {
    const continues = next.base === endOf(whole) && next.hva === whole.hva + whole.npages
    if (!continues || flagsOf(next) !== flagsOf(whole))
      return cannot('merge', `slot ${next.id} does not continue the one before it`)
    whole = { ...whole, npages: whole.npages + next.npages }
  }
  return right([entryFor(whole), ...rest.map(slot => removalOf((slot as Slot).id))])
}

/** Makes a slot shorter: its first `npages` pages stay. Left where that is none of them or not fewer than it has. */
export const truncate = (space: Space, of: number, npages: number): Built => {
  const slot = slotById(space, of)
  if (slot === null) return cannot('truncate', `there is no slot ${of}`)
  if (npages <= 0 || npages >= slot.npages)
    return cannot('truncate', `slot ${of} has ${counted(slot.npages, 'page')}`)
  return right([entryFor({ ...slot, npages })])
}

/** Makes a slot longer at its end, to `npages` pages. Left where it has as many already. */
export const grow = (space: Space, of: number, npages: number): Built => {
  const slot = slotById(space, of)
  if (slot === null) return cannot('grow', `there is no slot ${of}`)
  if (npages <= slot.npages) return cannot('grow', `slot ${of} has ${counted(slot.npages, 'page')}`)
  return right([entryFor({ ...slot, npages })])
}

/** Takes the pages `[from, to)`, inside the slot, out of it; what follows the hole takes `id`, which no slot has. Left where that is not so. */
export const punch = (space: Space, of: number, from: number, to: number, id: number): Built => {
  const slot = slotById(space, of)
  if (slot === null) return cannot('punch', `there is no slot ${of}`)
  if (from <= 0 || to <= from || to >= slot.npages)
    return cannot('punch', `no such hole lies inside slot ${of}`)
  if (slotById(space, id) !== null) return cannot('punch', `slot ${id} is taken`)
  return right([entryFor(part(slot, 0, from, of)), entryFor(part(slot, to, slot.npages, id))])
}

/** Exchanges the frames of two slots; each keeps its size and its backing. Left where one does not exist. */
export const exchange = (space: Space, one: number, other: number): Built => {
  const [a, b] = [slotById(space, one), slotById(space, other)]
  if (a === null || b === null) return cannot('exchange', 'not both slots exist')
  if (one === other) return cannot('exchange', `slot ${one} is the same as itself`)
  return right([entryFor({ ...a, base: b.base }), entryFor({ ...b, base: a.base })])
}

/** The batch from one set to another: every slot that is gone removed, every one that is new or different set. */
export const replaceAll = (before: readonly Slot[], after: readonly Slot[]): readonly BatchEntry[] => {
  const old = new Map(before.map(slot => [slot.id, slot]))
  const kept = new Set(after.map(slot => slot.id))
  const changed = after.filter(slot => {
    const was = old.get(slot.id)
    return was === undefined || !sameRegion(was, slot)
  })
  const byId = (a: BatchEntry, b: BatchEntry) => a.id - b.id
  return [
    ...before.filter(slot => !kept.has(slot.id)).map(slot => removalOf(slot.id)),
    ...changed.map(entryFor),
  ].toSorted(byId)
}

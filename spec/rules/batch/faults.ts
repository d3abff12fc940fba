import type { Calling } from '../../terms/cells.js'
import { pageOf } from '../../terms/numbers.js'
import type { BatchCall, BatchEntry } from '../../terms/operation.js'
import { addRange, hasAnyOf } from '../../terms/page-set.js'
import { endOf, GUEST_MEMFD, type Slot } from '../../terms/slot.js'
import { type Space, slotById } from '../../terms/space.js'
import * as region from '../region-checks.js'
import { latest } from './latest.js'

export type Batching = Calling<BatchCall>

/** What may be wrong with an entry by itself or in the set before the batch: stage 2, in the order tested. */
export const ENTRY_FAULTS = [
  'id',
  'flags',
  'reserved',
  'size-unaligned',
  'gpa-unaligned',
  'hva',
  'wraps',
  'too-large',
  'empty-region',
  'removal-carries-fields',
  'duplicate',
  'remove-absent',
  'memfd-changed',
] as const
export type EntryFault = (typeof ENTRY_FAULTS)[number]

/** What may be wrong with the set after the batch: stage 3, in the order tested. */
export const SET_FAULTS = ['overlap', 'beyond-max-gfn', 'ring'] as const
export type SetFault = (typeof SET_FAULTS)[number]

export interface At<F> {
  readonly fault: F
  readonly index: number
}

const spaceOfCall = ({ call, spaces }: Batching): Space | null => spaces[call.as] ?? null

const hasFault = (fault: EntryFault, cells: Batching, entry: BatchEntry, index: number): boolean => {
  const { params, call } = cells
  const fails = (check: region.RegionCheck) => !check.passes(entry, params)
  const old = () => {
    const space = spaceOfCall(cells)
    return space === null ? null : slotById(space, entry.id)
  }
  switch (fault) {
    case 'id':
      return fails(region.idBelowLimit)
    case 'flags':
      return (
        entry.do === 'set' && (entry.flags & GUEST_MEMFD) === 0 && !region.areFlagsLegal(entry, params, false)
      )
    case 'reserved':
      return (entry.reserved ?? 0n) !== 0n
    case 'size-unaligned':
      return fails(region.sizeAligned)
    case 'gpa-unaligned':
      return fails(region.gpaAligned)
    case 'hva':
      return fails(region.hvaUsable)
    case 'wraps':
      return fails(region.gpaDoesNotWrap)
    case 'too-large':
      return fails(region.sizeWithinSlot)
    case 'empty-region':
      return entry.do === 'set' && entry.size === 0n
    case 'removal-carries-fields':
      return entry.do === 'remove' && (entry.gpa | entry.size | entry.hva | BigInt(entry.flags)) !== 0n
    case 'duplicate':
      return firstOfId(call.entries, entry.id) < index
    case 'remove-absent':
      return entry.do === 'remove' && old() === null
    case 'memfd-changed':
      return entry.do === 'set' && ((entry.flags & GUEST_MEMFD) !== 0 || (old()?.gmem ?? false) !== false)
  }
}

const firsts = latest(
  (entries: readonly BatchEntry[]): ReadonlyMap<number, number> =>
    new Map(entries.map((entry, i) => [entry.id, i] as const).reverse()),
)

/** The first index at which an id stands. */
const firstOfId = (entries: readonly BatchEntry[], id: number): number => firsts(entries).get(id) ?? 0 // every id asked for stands in the entries

const inOrder = function* (cells: Batching): Generator<At<EntryFault>> {
  for (const [index, entry] of cells.call.entries.entries()) {
    for (const fault of ENTRY_FAULTS) if (hasFault(fault, cells, entry, index)) yield { fault, index }
  }
}

/** The indices of listed regions that meet an earlier listed one, or a slot that the batch leaves alone. */
const overlapping = latest((cells: Batching): ReadonlySet<number> => {
  const { entries } = cells.call
  const listed = new Set(entries.map(entry => entry.id))
  const taken: number[] = [] // a page set, built as the entries are gone through
  for (const slot of spaceOfCall(cells)?.slots ?? []) {
    if (!listed.has(slot.id)) addRange(taken, slot.base, endOf(slot))
  }
  const found = new Set<number>()
  for (const [index, entry] of entries.entries()) {
    if (entry.do === 'remove') continue
    const base = pageOf(entry.gpa)
    const end = base + pageOf(entry.size)
    if (hasAnyOf(taken, base, end)) found.add(index)
    addRange(taken, base, end)
  }
  return found
})

/** The logged slot of the old set that an entry changes or removes, whose bits would have to be carried or retired. */
const endsOrMovesLog = (cells: Batching, entry: BatchEntry): boolean => {
  const space = spaceOfCall(cells)
  const old: Slot | null = space === null ? null : slotById(space, entry.id)
  if (old === null || !old.log) return false
  const { base, npages, hva } = old
  const stays =
    entry.do === 'set' &&
    pageOf(entry.gpa) === base &&
    pageOf(entry.size) === npages &&
    pageOf(entry.hva) === hva
  return !(stays && ((entry.flags ^ (old.ro ? 3 : 1)) & 3) === 0)
}

const setFaults = function* (cells: Batching): Generator<At<SetFault>> {
  for (const [index, entry] of cells.call.entries.entries()) {
    if (overlapping(cells).has(index)) yield { fault: 'overlap', index }
    const last = pageOf(entry.gpa) + pageOf(entry.size) - 1
    if (entry.do === 'set' && last > cells.params.maxGfn) yield { fault: 'beyond-max-gfn', index }
    if (cells.ring && endsOrMovesLog(cells, entry)) yield { fault: 'ring', index }
  }
}

const firstOf = <F>(find: (cells: Batching) => Generator<At<F>>) =>
  latest((cells: Batching): At<F> | null => {
    const found = find(cells).next()
    return found.done === true ? null : found.value
  })

/** The first fault of stage 2: lowest index, and at an index the first in the order above. */
export const firstEntryFault = firstOf(inOrder)
/** The first fault of stage 3; meaningful where stage 2 found none. */
export const firstSetFault = firstOf(setFaults)

/** Every fault of a stage: what the loose mode allows to be reported. */
export const allEntryFaults = (cells: Batching): readonly At<EntryFault>[] => [...inOrder(cells)]
export const allSetFaults = (cells: Batching): readonly At<SetFault>[] => [...setFaults(cells)]

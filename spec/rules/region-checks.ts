import type { Sentences } from '../rewrite/index.js'
import { addressOf, isPageAligned, MAX_SLOT_PAGES, pageOf, TWO_TO_64 } from '../terms/numbers.js'
import type { Region } from '../terms/operation.js'
import type { Parameters } from '../terms/parameters.js'
import { GUEST_MEMFD, LOG, RO } from '../terms/slot.js'

/** A check of a region by itself, whatever else the VM holds: the same in one call and in a batch. */
export interface RegionCheck {
  readonly name: string
  readonly says: Sentences
  readonly passes: (region: Region, params: Parameters) => boolean
  readonly shows: (region: Region, params: Parameters) => Readonly<Record<string, unknown>>
}

export const idBelowLimit: RegionCheck = {
  name: 'id-below-limit',
  says: {
    holds: 'the slot id is below the number of user slots',
    fails: 'the slot id is not below the number of user slots',
  },
  passes: ({ id }, { slotLimit }) => id < slotLimit,
  shows: ({ id }, { slotLimit }) => ({ id, slotLimit }),
}

/** `check_memory_region_flags`: whether flags are known and go together. `memfd`: GUEST_MEMFD is known. */
export const areFlagsLegal = (
  { flags }: Pick<Region, 'flags'>,
  { readonlyMem }: Pick<Parameters, 'readonlyMem'>,
  memfd: boolean,
): boolean =>
  memfd && (flags & GUEST_MEMFD) !== 0
    ? flags === GUEST_MEMFD
    : (flags & ~(readonlyMem ? LOG | RO : LOG)) === 0

export const sizeAligned: RegionCheck = {
  name: 'size-aligned',
  says: { holds: 'the size is a whole number of pages', fails: 'the size is not a whole number of pages' },
  passes: ({ size }) => isPageAligned(size),
  shows: ({ size }) => ({ size }),
}

export const gpaAligned: RegionCheck = {
  name: 'gpa-aligned',
  says: { holds: 'the gpa is page aligned', fails: 'the gpa is not page aligned' },
  passes: ({ gpa }) => isPageAligned(gpa),
  shows: ({ gpa }) => ({ gpa }),
}

export const hvaUsable: RegionCheck = {
  name: 'hva-usable',
  says: {
    holds: 'the hva is page aligned, and the range ends within user space',
    fails: 'the hva is not page aligned, or the range ends beyond user space',
  },
  passes: ({ hva, size }, { hvaLimit }) => isPageAligned(hva) && hva + size <= hvaLimit,
  shows: ({ hva, size }, { hvaLimit }) => ({ hva, size, hvaLimit }),
}

export const gpaDoesNotWrap: RegionCheck = {
  name: 'gpa-does-not-wrap',
  says: { holds: 'gpa plus size is below 2^64', fails: 'gpa plus size is 2^64 or more' },
  passes: ({ gpa, size }) => gpa + size < TWO_TO_64,
  shows: ({ gpa, size }) => ({ gpa, size }),
}

export const sizeWithinSlot: RegionCheck = {
  name: 'size-within-slot',
  says: { holds: 'the slot has at most 2^31-1 pages', fails: 'the slot has more than 2^31-1 pages' },
  passes: ({ size }) => pageOf(size) <= MAX_SLOT_PAGES,
  shows: ({ size }) => ({ pages: pageOf(size), limit: addressOf(MAX_SLOT_PAGES) }),
}

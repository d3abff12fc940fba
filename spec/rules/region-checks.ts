import { addressOf, isPageAligned, MAX_SLOT_PAGES, pageOf, TWO_TO_64 } from '../terms/numbers.js'
import type { Region } from '../terms/operation.js'
import type { Parameters } from '../terms/parameters.js'
import { GUEST_MEMFD, LOG, RO } from '../terms/slot.js'

/** A check of a region by itself, whatever else the VM holds: the same in one call and in a batch. */
export interface RegionCheck {
  readonly name: string
  readonly says: string
  readonly passes: (region: Region, params: Parameters) => boolean
  readonly shows: (region: Region, params: Parameters) => Readonly<Record<string, unknown>>
}

export const idBelowLimit: RegionCheck = {
  name: 'id-below-limit',
  says: 'the slot id lies below the number of user slots',
  passes: ({ id }, { slotLimit }) => id < slotLimit,
  shows: ({ id }, { slotLimit }) => ({ id, slotLimit }),
}

/** `check_memory_region_flags`. The guest_memfd flag counts as known only where the caller allows it. */
export const flagsLegal = (mayNameMemfd: boolean): RegionCheck => ({
  name: 'flags-legal',
  says: 'the flags are LOG and RO where the VM has read-only memory, or GUEST_MEMFD alone where it has guest_memfd',
  passes: ({ flags }, { readonlyMem, guestMemfd }) => {
    if ((flags & GUEST_MEMFD) !== 0 && mayNameMemfd && guestMemfd) return flags === GUEST_MEMFD
    return (flags & ~(readonlyMem ? LOG | RO : LOG)) === 0
  },
  shows: ({ flags }, { readonlyMem, guestMemfd }) => ({
    flags,
    readonlyMem,
    guestMemfd: guestMemfd && mayNameMemfd,
  }),
})

export const sizeAligned: RegionCheck = {
  name: 'size-aligned',
  says: 'the size is a whole number of pages',
  passes: ({ size }) => isPageAligned(size),
  shows: ({ size }) => ({ size }),
}

export const gpaAligned: RegionCheck = {
  name: 'gpa-aligned',
  says: 'the guest-physical address is page aligned',
  passes: ({ gpa }) => isPageAligned(gpa),
  shows: ({ gpa }) => ({ gpa }),
}

export const hvaUsable: RegionCheck = {
  name: 'hva-usable',
  says: 'the host address is page aligned and the range ends within user space',
  passes: ({ hva, size }, { hvaLimit }) => isPageAligned(hva) && hva + size <= hvaLimit,
  shows: ({ hva, size }, { hvaLimit }) => ({ hva, size, hvaLimit }),
}

export const gpaDoesNotWrap: RegionCheck = {
  name: 'gpa-does-not-wrap',
  says: 'guest-physical address plus size is no smaller than the address, in 64 bits',
  passes: ({ gpa, size }) => gpa + size < TWO_TO_64,
  shows: ({ gpa, size }) => ({ gpa, size }),
}

export const sizeWithinSlot: RegionCheck = {
  name: 'size-within-slot',
  says: 'the slot has at most 2^31-1 pages',
  passes: ({ size }) => pageOf(size) <= MAX_SLOT_PAGES,
  shows: ({ size }) => ({ pages: pageOf(size), limit: addressOf(MAX_SLOT_PAGES) }),
}

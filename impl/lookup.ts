import { pageAddress, pageNumber } from './frames.js'
import type { Machine } from './machine.js'
import { isLogged, isReadonly } from './slot.js'

/** What a frame is mapped to. */
export interface Translation {
  readonly id: number
  /** Index of the frame in the slot. */
  readonly page: number
  /** Host address of the frame's first byte. */
  readonly hva: bigint
  readonly readonly: boolean
  /** Whether the slot has the LOG flag. */
  readonly logged: boolean
}

/** The mapping of frame `gfn` in space `as`, internal slots included, or null (`gfn_to_memslot`). */
export function lookup(machine: Machine, as: number, gfn: number): Translation | null {
  const slot = machine.spaces[as]?.current.at(gfn)
  if (!slot) return null
  const page = gfn - slot.base
  const hva = pageAddress(slot.hva + page)
  return { id: slot.id, page, hva, readonly: isReadonly(slot), logged: isLogged(slot) }
}

/** A run of guest frames that a range of host memory stands behind. */
export interface GuestRange {
  readonly as: number
  readonly id: number
  readonly gfn: number
  readonly npages: number
}

/** The frames behind which `size` bytes at `hva` stand: every space, every alias (`__kvm_handle_hva_range`), in order. */
export function hvaRange(machine: Machine, hva: bigint, size: bigint): GuestRange[] {
  if (size === 0n) return []
  const first = pageNumber(hva)
  const last = pageNumber(hva + size - 1n)
  return machine.spaces.flatMap(({ current }, as) => {
    const found: GuestRange[] = []
    current.forEachInHostPages(first, last, slot => {
      const from = Math.max(first, slot.hva)
      const to = Math.min(last, slot.hva + slot.npages - 1)
      found.push({ as, id: slot.id, gfn: slot.base + from - slot.hva, npages: to - from + 1 })
    })
    return found.sort((a, b) => a.gfn - b.gfn)
  })
}

/** A slot as the tests and tools list it. Frames and pages in numbers, the host address in bytes. */
export interface SlotListing {
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly hva: bigint
  readonly flags: number
  /** Generation published by the last update that created the slot or changed its base, size or hva. */
  readonly since: number
}

/** The slots of space `as` by ascending id, internal ones included. */
export function listSlots(machine: Machine, as: number): SlotListing[] {
  const listing: SlotListing[] = []
  for (const { id, base, npages, hva, flags, since } of machine.spaces[as]!.current.all()) {
    listing.push({ id, base, npages, hva: pageAddress(hva), flags, since })
  }
  return listing.sort((a, b) => a.id - b.id)
}

import { requireObject, requireU64 } from '../base/domain.js'
import { pageAddress, pageNumber } from '../base/frames.js'
import type { Machine } from '../machine.js'
import type { AddressSpace } from '../memslots/address-space.js'
import { isLogged, isReadonly } from '../memslots/slot.js'
import type { Reader } from '../readers/reader.js'

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
export function lookup(machine: Machine, reader: Reader, as: number, gfn: number): Translation | null {
  if (as >= machine.limits.spaces) return null
  reader.enterSpace(as)
  const set = machine.space(as).set(reader.ticket)
  const number = reader.numberAt(set, gfn)
  const slot = number < 0 ? undefined : set.slot(number)
  reader.leave()
  if (!slot) return null
  const page = gfn - slot.base
  const hva = pageAddress(slot.hva + page)
  return { id: slot.id, page, hva, readonly: isReadonly(slot), logged: isLogged(slot) }
}

/** A range of host memory, in bytes. */
export interface HostRange {
  readonly hva: bigint
  readonly size: bigint
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireHostRange(q: HostRange): void {
  requireObject('a range', q)
  requireU64('hva', q.hva)
  requireU64('size', q.size)
}

/** Guest frames of one slot that map a range of host memory. */
export interface GuestRange {
  readonly as: number
  readonly id: number
  readonly gfn: number
  readonly npages: number
}

/**
 * The frames that map the `size` bytes at `hva`: in every space, through every alias (`__kvm_handle_hva_range`), in
 * order.
 */
export function hvaRange(machine: Machine, hva: bigint, size: bigint): GuestRange[] {
  if (size === 0n) return []
  const first = pageNumber(hva)
  const last = pageNumber(hva + size - 1n)
  const ranges: GuestRange[] = []
  for (let as = 0; as < machine.limits.spaces; as++) {
    const inSpace = machine
      .space(as)
      .current.inHostPages(first, last)
      .map(({ id, base, npages, hva }) => {
        const from = Math.max(first, hva)
        const to = Math.min(last, hva + npages - 1)
        return { as, id, gfn: base + from - hva, npages: to - from + 1 }
      })
    ranges.push(...inSpace.sort((a, b) => a.gfn - b.gfn))
  }
  return ranges
}

/** A slot as `Vm.slots` lists it: `base` is a gfn, `npages` a number of pages, `hva` a byte address. */
export interface SlotListing {
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly hva: bigint
  readonly flags: number
  /** Generation published by the last update that created the slot or changed its base, size or hva. */
  readonly since: number
}

/** The slots of a space by ascending id, internal ones included. */
export function listSlots(space: AddressSpace): SlotListing[] {
  return space.current.all().map(({ hva, log: _, ...slot }) => ({ ...slot, hva: pageAddress(hva) }))
}

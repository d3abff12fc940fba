import type { Errno } from './calls.js'
import type { Machine } from './machine.js'
import { isReadonly, type Slot } from './slot.js'
import type { SlotSet } from './slot-set.js'

/**
 * How an access ends. `data`: it reached memory (or, for A/D updates of a read-only table, needed not to); `mmio`: it
 * exits to userspace; `fault`: the walk or the kernel's own access fails, or the host has no memory for the page; `exit`: a fetch that cannot be emulated.
 */
export type Access =
  | { readonly end: 'data'; readonly data?: Uint8Array }
  | { readonly end: 'mmio' }
  | { readonly end: 'fault'; readonly errno?: Errno }
  | { readonly end: 'exit' }

const DONE: Access = Object.freeze({ end: 'data' })
const MMIO: Access = Object.freeze({ end: 'mmio' })
const FAULT: Access = Object.freeze({ end: 'fault' })
const EFAULT: Access = Object.freeze({ end: 'fault', errno: 'EFAULT' })
const ENOMEM: Access = Object.freeze({ end: 'fault', errno: 'ENOMEM' })
const EXIT: Access = Object.freeze({ end: 'exit' })

/** Bytes of a page-table entry. */
export const ENTRY_BYTES = 8

/** A guest's data read: memory of any slot, MMIO without. */
export function read(machine: Machine, set: SlotSet, gfn: number, offset: number, size: number): Access {
  const slot = set.at(gfn)
  return slot ? load(machine, slot, gfn, offset, size) : MMIO
}

/** A guest's fetch: from any slot; from a hole it is an exit with nothing queued (emulation failure). */
export function fetch(machine: Machine, set: SlotSet, gfn: number, offset: number, size: number): Access {
  const slot = set.at(gfn)
  return slot ? load(machine, slot, gfn, offset, size) : EXIT
}

/** A guest's data write: MMIO without a slot and on a read-only one, where nothing is written or marked. */
export function write(machine: Machine, set: SlotSet, gfn: number, offset: number, data: Uint8Array): Access {
  const slot = set.at(gfn)
  if (!slot || isReadonly(slot)) return MMIO
  return store(machine, slot, gfn, offset, data)
}

/** A guest's atomic read-modify-write: replaces the bytes by `data` and returns the old ones, or MMIO as a write. */
export function rmw(machine: Machine, set: SlotSet, gfn: number, offset: number, data: Uint8Array): Access {
  const slot = set.at(gfn)
  if (!slot || isReadonly(slot)) return MMIO
  const page = gfn - slot.base
  if (!machine.memory.make(slot.hva + page)) return ENOMEM
  const before = machine.memory.exchange(slot.hva + page, offset, data)
  slot.bitmap?.set(page)
  return { end: 'data', data: before }
}

/** KVM's own read without a vCPU (`kvm_read_guest_page`): EFAULT from a hole. */
export function kernelRead(machine: Machine, gfn: number, offset: number, size: number): Access {
  const slot = machine.spaces[0]!.current.at(gfn)
  return slot ? load(machine, slot, gfn, offset, size) : EFAULT
}

/** KVM's own write without a vCPU (`kvm_write_guest_page`): marks; EFAULT to a hole and to a read-only slot. */
export function kernelWrite(machine: Machine, gfn: number, offset: number, data: Uint8Array): Access {
  const slot = machine.spaces[0]!.current.at(gfn)
  if (!slot || isReadonly(slot)) return EFAULT
  return store(machine, slot, gfn, offset, data)
}

/** The page walk's read of an entry: only user slots are visible to it (`kvm_is_visible_memslot`). */
export function walk(machine: Machine, set: SlotSet, gfn: number, offset: number): Access {
  const slot = visibleAt(machine, set, gfn)
  return slot ? load(machine, slot, gfn, offset, ENTRY_BYTES) : FAULT
}

/** The page walk's write of accessed and dirty bits: marked as any write; skipped where the table is read-only. */
export function adUpdate(
  machine: Machine,
  set: SlotSet,
  gfn: number,
  offset: number,
  data: Uint8Array,
): Access {
  const slot = visibleAt(machine, set, gfn)
  if (!slot) return FAULT
  return isReadonly(slot) ? DONE : store(machine, slot, gfn, offset, data)
}

function visibleAt(machine: Machine, set: SlotSet, gfn: number): Slot | undefined {
  const slot = set.at(gfn)
  return slot && slot.id < machine.limits.slotLimit ? slot : undefined
}

function load(machine: Machine, slot: Slot, gfn: number, offset: number, size: number): Access {
  return { end: 'data', data: machine.memory.read(slot.hva + gfn - slot.base, offset, size) }
}

/** Data, then mark: a write is complete when both are done (SEMANTICS §2). ENOMEM, and neither, where the host is full. */
function store(machine: Machine, slot: Slot, gfn: number, offset: number, data: Uint8Array): Access {
  const page = gfn - slot.base
  if (!machine.memory.make(slot.hva + page)) return ENOMEM
  machine.memory.write(slot.hva + page, offset, data)
  slot.bitmap?.set(page)
  return DONE
}

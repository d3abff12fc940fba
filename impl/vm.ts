import * as access from './access.js'
import { setBatch } from './batch/set-batch.js'
import type * as calls from './calls.js'
import { enableCap } from './capability.js'
import { clearDirtyLog, getDirtyLog } from './dirty-log.js'
import * as domain from './domain.js'
import { internalSlot } from './internal-slot.js'
import { type GuestRange, hvaRange, listSlots, lookup, type SlotListing, type Translation } from './lookup.js'
import { Machine } from './machine.js'
import { limitsOf, type VmOptions } from './options.js'
import { setRegion } from './set-region.js'
import * as vcpu from './vcpu.js'

/** Bytes of one page that a vCPU reads. */
export interface GuestRead {
  readonly vcpu: number
  /** 0..2^52. */
  readonly gfn: number
  /** First byte in the page, 0..4095. */
  readonly offset: number
  /** Bytes, 1..4096; `offset + size` at most 4096. */
  readonly size: number
}

/** Bytes of one page that a vCPU writes; `data` lies within the page as `size` bytes would. */
export interface GuestWrite {
  readonly vcpu: number
  readonly gfn: number
  readonly offset: number
  readonly data: Uint8Array
}

/** An access of KVM itself, without a vCPU: to space 0. */
export type KernelAccess =
  | { readonly write: false; readonly gfn: number; readonly offset: number; readonly size: number }
  | { readonly write: true; readonly gfn: number; readonly offset: number; readonly data: Uint8Array }

const NO_FAILURE: calls.Failure = Object.freeze({})

/**
 * The memory slots of a virtual machine: KVM's calls on them, the proposed batch, and the accesses that see them. One
 * thread. A value that the system call could not carry (a space beyond 16 bits, a fraction, 2^64), an access that
 * leaves its page, and a vCPU that was never made are RangeErrors; whatever Linux can see ends as Linux ends it.
 */
export class Vm {
  #machine: Machine

  /** @throws RangeError for an option outside its range */
  constructor(options: VmOptions = {}) {
    this.#machine = new Machine(limitsOf(options))
  }

  /** KVM_SET_USER_MEMORY_REGION: creates, deletes, moves or re-flags one slot. Linux's checks, order and errnos. */
  setRegion(r: calls.RegionCall, failure: calls.Failure = NO_FAILURE): calls.Outcome {
    domain.requireSlotWord(r.as, r.id)
    requirePlacement(r)
    domain.requireU32('flags', r.flags)
    return setRegion(this.#machine, r, failure)
  }

  /** The batch of SEMANTICS §2: overrides any number of slots of one space at once, or changes nothing at all. */
  setBatch(b: calls.BatchCall, failure: calls.Failure = NO_FAILURE): calls.BatchOutcome {
    domain.requireSlotWord(b.as, 0)
    domain.requireU32('flags', b.flags)
    domain.requireU64('reserved', b.reserved ?? 0n)
    domain.requireU64('resultSize', b.resultSize)
    for (const entry of b.entries) {
      domain.requireSlotWord(b.as, entry.id)
      requirePlacement(entry)
      domain.requireU32('flags', entry.flags)
      domain.requireU64('reserved', entry.reserved ?? 0n)
    }
    return setBatch(this.#machine, b, failure)
  }

  /** KVM_GET_DIRTY_LOG: EIO, EFAULT, ENXIO, EINVAL, ENOENT, and EFAULT of the bitmap, in this order. */
  getDirtyLog(q: calls.GetLogCall, failure: calls.Failure = NO_FAILURE): calls.GetLogOutcome {
    domain.requireSlotWord(q.as, q.id)
    return getDirtyLog(this.#machine, q, failure)
  }

  /** KVM_CLEAR_DIRTY_LOG: pages outside `first`…`first + count` have no bit in the bitmap and are ignored. */
  clearDirtyLog(q: calls.ClearLogCall, failure: calls.Failure = NO_FAILURE): calls.Outcome {
    domain.requireSlotWord(q.as, q.id)
    domain.requireU64('first', q.first)
    domain.requireU32('count', q.count)
    for (const [first, count] of q.pages) {
      domain.requireInteger('a page', first, 0, 2 ** 64)
      domain.requireInteger('a number of pages', count, 0, 2 ** 64)
    }
    domain.requireInteger('generation', q.generation ?? 0, 0, Number.MAX_SAFE_INTEGER)
    return clearDirtyLog(this.#machine, q, failure)
  }

  /** KVM_ENABLE_CAP: manual dirty-log protection, or the dirty ring (`args[0]` bytes a vCPU). EINVAL, E2BIG. */
  enableCap(c: calls.CapCall): calls.Outcome {
    domain.requireU32('flags', c.flags)
    for (const argument of c.args) domain.requireU64('an argument', argument)
    return enableCap(this.#machine, c)
  }

  /** KVM creates one of its own slots in every space: EINVAL, EEXIST. */
  internalSlot(r: calls.InternalSlotCall): calls.Outcome {
    domain.requireSlotWord(0, r.id)
    requirePlacement(r)
    return internalSlot(this.#machine, r)
  }

  /** KVM_CREATE_VCPU: a vCPU in space 0. EEXIST. */
  createVcpu(id: number): calls.Outcome {
    domain.requireU32('a vCPU', id)
    return vcpu.createVcpu(this.#machine, id)
  }

  /** An SMI takes the vCPU from space 0 to space 1: ENOENT, EINVAL. The generation returned is that of space 1. */
  enterSmm(id: number): calls.Outcome {
    domain.requireU32('a vCPU', id)
    return vcpu.enterSmm(this.#machine, id)
  }

  /** RSM takes the vCPU from space 1 back to space 0: ENOENT, EINVAL. */
  rsm(id: number): calls.Outcome {
    domain.requireU32('a vCPU', id)
    return vcpu.rsm(this.#machine, id)
  }

  /** Puts a vCPU into any space, as VSM's trust levels would: ENOENT, EINVAL. */
  setVcpu(q: { readonly vcpu: number; readonly as: number }): calls.Outcome {
    domain.requireU32('a vCPU', q.vcpu)
    domain.requireSlotWord(q.as, 0)
    return vcpu.setVcpu(this.#machine, q.vcpu, q.as)
  }

  /** What a frame is mapped to, or null in a hole and in a space that the VM does not have. */
  lookup(as: number, gfn: number): Translation | null {
    domain.requireSlotWord(as, 0)
    domain.requireGfn(gfn)
    return lookup(this.#machine, as, gfn)
  }

  /** The id of the slot that holds frame `gfn`, or −1: `lookup` without allocation and without checks. */
  slotAt(as: number, gfn: number): number {
    return this.#machine.spaces[as]?.current.idAt(gfn) ?? -1
  }

  /** The guest frames behind which `size` bytes at `hva` stand, in every space, by space and then frame. */
  hvaRange(q: { readonly hva: bigint; readonly size: bigint }): GuestRange[] {
    domain.requireU64('hva', q.hva)
    domain.requireU64('size', q.size)
    return hvaRange(this.#machine, q.hva, q.size)
  }

  /** A data read: the bytes, or MMIO from a hole. */
  read(a: GuestRead): access.Access {
    return access.read(this.#machine, this.#seenBy(a, a.size), a.gfn, a.offset, a.size)
  }

  /** An instruction fetch: the bytes, or an exit from a hole. */
  fetch(a: GuestRead): access.Access {
    return access.fetch(this.#machine, this.#seenBy(a, a.size), a.gfn, a.offset, a.size)
  }

  /** A data write, marked where logged; MMIO to a hole or a read-only slot. */
  write(a: GuestWrite): access.Access {
    return access.write(this.#machine, this.#seenBy(a, a.data.length), a.gfn, a.offset, a.data)
  }

  /** An atomic read-modify-write: puts `data` there and returns what was there; MMIO as a write. */
  rmw(a: GuestWrite): access.Access {
    return access.rmw(this.#machine, this.#seenBy(a, a.data.length), a.gfn, a.offset, a.data)
  }

  /** KVM's own access: EFAULT from a hole, and for a write to a read-only slot. */
  kernelAccess(a: KernelAccess): access.Access {
    requireAccess(a, a.write ? a.data.length : a.size)
    if (a.write) return access.kernelWrite(this.#machine, a.gfn, a.offset, a.data)
    return access.kernelRead(this.#machine, a.gfn, a.offset, a.size)
  }

  /** The page walk's read of 8 bytes: a fault in a hole or an internal slot. */
  walk(a: { readonly vcpu: number; readonly gfn: number; readonly offset: number }): access.Access {
    return access.walk(this.#machine, this.#seenBy(a, access.ENTRY_BYTES), a.gfn, a.offset)
  }

  /** The page walk's write of 8 bytes (accessed and dirty bits): a fault as `walk`; nothing is written to a read-only table. */
  adUpdate(a: GuestWrite): access.Access {
    domain.requireInteger('the length of an entry', a.data.length, access.ENTRY_BYTES, access.ENTRY_BYTES)
    return access.adUpdate(this.#machine, this.#seenBy(a, access.ENTRY_BYTES), a.gfn, a.offset, a.data)
  }

  /** The host writes guest memory at byte address `hva`, over any number of pages. Marks nothing. @throws GuestMemoryFull */
  poke(q: { readonly hva: bigint; readonly data: Uint8Array }): void {
    domain.requireU64('hva', q.hva)
    this.#machine.memory.poke(q.hva, q.data)
  }

  /** The host reads `size` bytes of guest memory at byte address `hva`; never written bytes are zero. */
  peek(q: { readonly hva: bigint; readonly size: number }): Uint8Array {
    domain.requireU64('hva', q.hva)
    domain.requireInteger('size', q.size, 0, 2 ** 31)
    return this.#machine.memory.peek(q.hva, q.size)
  }

  /** The generation of a space's published set: `as + swaps × spaces`. @throws RangeError without such a space */
  generation(as: number): number {
    return this.#space(as).generation
  }

  /** How often the space published a set. @throws RangeError without such a space */
  swaps(as: number): number {
    return this.#space(as).swaps
  }

  /** The slots of a space by ascending id, internal ones included. @throws RangeError without such a space */
  slots(as: number): SlotListing[] {
    this.#space(as)
    return listSlots(this.#machine, as)
  }

  #space(as: number) {
    domain.requireInteger('as', as, 0, this.#machine.limits.spaces - 1)
    return this.#machine.spaces[as]!
  }

  /** The set that the vCPU's access of `size` bytes sees. */
  #seenBy(a: { readonly vcpu: number; readonly gfn: number; readonly offset: number }, size: number) {
    requireAccess(a, size)
    return this.#machine.spaceOf(a.vcpu).current
  }
}

function requireAccess(a: { readonly gfn: number; readonly offset: number }, size: number): void {
  domain.requireGfn(a.gfn)
  domain.requireWithinPage(a.offset, size)
}

function requirePlacement(r: { readonly gpa: bigint; readonly size: bigint; readonly hva: bigint }): void {
  domain.requireU64('gpa', r.gpa)
  domain.requireU64('size', r.size)
  domain.requireU64('hva', r.hva)
}

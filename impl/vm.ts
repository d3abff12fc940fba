import * as domain from './base/domain.js'
import { type BatchCall, type BatchOutcome, requireBatchCall } from './calls/batch/batch-call.js'
import { setBatch } from './calls/batch/set-batch.js'
import { type CapCall, enableCap, requireCapCall } from './calls/capability.js'
import {
  type ClearLogCall,
  clearDirtyLog,
  type GetLogCall,
  type GetLogOutcome,
  getDirtyLog,
  requireClearLogCall,
  requireGetLogCall,
} from './calls/dirty-log.js'
import { createGuestMemfd, type GuestMemfdCall, requireGuestMemfdCall } from './calls/guest-memfd.js'
import {
  hostProtect,
  type Peek,
  type Poke,
  type ProtectCall,
  requirePeek,
  requirePoke,
  requireProtectCall,
} from './calls/host-memory.js'
import { type InternalSlotCall, internalSlot, requireInternalSlotCall } from './calls/internal-slot.js'
import { type KernelAccess, kernelAccess, requireKernelAccess } from './calls/kernel-access.js'
import {
  type GuestRange,
  type HostRange,
  hvaRange,
  listSlots,
  lookup,
  requireHostRange,
  type SlotListing,
  type Translation,
} from './calls/lookup.js'
import { type Failure, type Outcome, requireFailure } from './calls/outcome.js'
import { requireTssCall, setTssAddr, type TssCall } from './calls/own-slots.js'
import { type Recovered, recover } from './calls/recover.js'
import { type RegionCall, requireRegionCall, setRegion } from './calls/set-region.js'
import { createVcpu, enterSmm, rsm, setVcpu } from './calls/vcpus.js'
import { Machine, type MachineHandle } from './machine.js'
import type { AddressSpace } from './memslots/address-space.js'
import { limitsOf, type VmOptions } from './options.js'
import type { Access } from './readers/access.js'
import { addThread, kick, release } from './readers/claim.js'
import type { Reader } from './readers/reader.js'
import { INTERRUPT, MAX_OWNERS } from './threads/control.js'
import { type PageRead, type PageWrite, Vcpu } from './vcpu.js'

/** A `PageRead` of vCPU `vcpu`. */
export interface GuestRead extends PageRead {
  readonly vcpu: number
}

/** A `PageWrite` of vCPU `vcpu`. */
export interface GuestWrite extends PageWrite {
  readonly vcpu: number
}

const NO_FAILURE: Failure = Object.freeze({})

/**
 * What another thread needs to attach to a VM: post it to a worker, and give it to `Vm.attach` or `Vcpu.attach` there.
 */
export type VmShare = MachineHandle

/**
 * The memory slots of a virtual machine: KVM's calls on them, the proposed batch, and the accesses that see them.
 *
 * Several threads may have the VM: each makes a `Vm` of its own from `share()`, or claims just a vCPU. A VM makes one
 * call at a time, whichever thread asks; accesses go on meanwhile, and see each update as semantics.md §2 has it.
 *
 * A value that the system call could not carry (a space beyond 16 bits, a fraction, 2^64), an access beyond its page,
 * and a vCPU that was never made are RangeErrors, a value of another type is a TypeError; every other mistake ends as in
 * Linux, with an errno. No thread waits for another longer than `patience`: a call then throws StuckCall or StuckReader,
 * an access StuckUpdate, each of which says what it waited for and what has happened. If another thread has taken this
 * one for dead (`recover`), a call throws TakenOver and an access Released.
 *
 * @example
 * const vm = new Vm()
 * vm.setRegion({ as: 0, id: 0, gpa: 0n, size: 0x20_0000n, hva: 0x7f0000000000n, flags: LOG }) // { generation: 2 }
 * vm.createVcpu(0)
 * vm.write({ vcpu: 0, gfn: 3, offset: 0, data: Uint8Array.of(1) })
 * vm.getDirtyLog({ as: 0, id: 0 }) // { pages: [[3, 1]], generation: 2, bytes: 64 }
 */
export class Vm {
  readonly #machine: Machine
  readonly #vcpus = new Map<number, Vcpu>()
  /** For accesses of this thread without a vCPU. */
  #reader: Reader | undefined

  /** @param options or, within this package, an existing machine @throws RangeError for an option outside its range */
  constructor(options: VmOptions | Machine = {}) {
    this.#machine = options instanceof Machine ? options : Machine.create(limitsOf(options), options.arena)
  }

  /** A `Vm` of this thread for the VM that another thread shares. */
  static attach(share: VmShare): Vm {
    return new Vm(Machine.attach(share))
  }

  /**
   * The number of this object among those that have the VM: the thread that sees another end gives that one's
   * number to `recover`. StuckCall, StuckReader and VcpuTaken name it.
   */
  get owner(): number {
    return this.#machine.owner
  }

  /**
   * Ends what thread `owner` was doing with this VM, once its worker has ended (not merely stopped: a thread that goes
   * on throws TakenOver or Released where it next looks, but what it stores before it looks nobody holds back). Its vCPUs
   * can be claimed again; the call in which it died is finished or undone, whatever it had stored of it, and what that
   * would have returned is told. Nothing happens to a VM in which it held nothing.
   * @param owner `Vm.owner` or `Vcpu.owner` of that thread: not this object's own
   * @throws TypeError, RangeError
   * @throws StuckCall if yet another thread is in a call
   * @throws StuckReader if a living reader holds an old set: what is left is done by the next call of this object, and
   * told if that is `recover` again
   *
   * @example
   * worker.on('exit', () => {
   *   const { call } = vm.recover(owner) // 'none' | 'undone' | 'finished' | 'marked'
   * })
   */
  recover(owner: number): Recovered {
    domain.requireInteger('owner', owner, 1, MAX_OWNERS)
    if (owner === this.owner) throw new RangeError('owner must be the number of another thread')
    return recover(this.#machine, owner)
  }

  /**
   * What other threads need to attach; may be posted to any number of workers. The first call makes room for every
   * possible slot, and moves the dirty logs to an arena of the VM's own, of the same size.
   *
   * For each space that is 2.3 to 5.6 KiB of address space for each slot that there may be: 72 MiB by default, 44 KiB
   * with `slotLimit` 8. Memory is taken as slots come. Before, a space without a slot costs nothing.
   * @throws RangeError without memory, or where all spaces together would take more than 8 GiB
   * @throws ArenaStuck in an arena that another thread has attached; the VM is shared by then
   * @throws StuckCall
   */
  share(): VmShare {
    return this.#call(() => this.#machine.share())
  }

  /**
   * Claims vCPU `id`, a u32, for this thread, or returns it if it is claimed.
   * @throws RangeError if there is none
   * @throws VcpuTaken
   */
  vcpu(id: number): Vcpu {
    domain.requireU32('vcpu', id)
    const taken = this.#vcpus.get(id)
    if (taken?.isOwn) return taken
    const vcpu = new Vcpu(this.#machine, id)
    this.#vcpus.set(id, vcpu)
    return vcpu
  }

  /**
   * Releases vCPU `id`, and ends what it holds or waits for, after its worker has ended.
   * @throws RangeError if there is none
   */
  releaseVcpu(id: number): void {
    release(this.#machine, this.#indexOf(id))
    this.#vcpus.delete(id)
  }

  /**
   * Makes an access of vCPU `id` that waits for a blocked page end as `abandoned`.
   * @throws RangeError if there is none
   */
  kickVcpu(id: number): void {
    kick(this.#machine, this.#indexOf(id))
  }

  /**
   * Interrupts an update that waits for accesses to have their turn: it fails with EINTR. If none waits, the next that
   * does.
   */
  interrupt(): void {
    Atomics.store(this.#machine.control.words, INTERRUPT, 1)
  }

  /**
   * Releases the vCPUs that this object has claimed. A VM that was shared stays as it is for other threads; of one that
   * was not, slots and dirty logs are freed. A VM that is not closed frees its logs when it is collected.
   * @throws ArenaStuck in an arena that another thread has attached
   */
  close(): void {
    for (const vcpu of this.#vcpus.values()) vcpu.close()
    this.#vcpus.clear()
    if (this.#reader?.isOwn) release(this.#machine, this.#reader.index)
    this.#reader = undefined
    this.#machine.close()
  }

  /**
   * KVM_SET_USER_MEMORY_REGION: creates, deletes or moves one slot, or changes its flags. Linux's checks, order and
   * errnos: EIO, EFAULT, EINVAL, EBADF, EEXIST, ENOMEM; EINTR by `interrupt`.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws ArenaStuck in an arena that another thread has attached
   * @throws StuckReader
   */
  setRegion(r: RegionCall, failure: Failure = NO_FAILURE): Outcome {
    requireRegionCall(r)
    requireFailure(failure)
    return this.#call(() => setRegion(this.#machine, r, failure))
  }

  /**
   * The batch of semantics.md §2: changes any number of slots of one space at once, or fails and changes nothing: EIO,
   * EFAULT, EINVAL, E2BIG, EEXIST, ENXIO, ENOSPC, ENOMEM; EINTR by `interrupt`.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws ArenaStuck in an arena that another thread has attached
   * @throws StuckReader
   *
   * @example
   * // splits slot 0 in two; no access sees a hole, no dirty bit is lost
   * vm.setBatch({
   *   as: 0,
   *   flags: HARVEST,
   *   resultSize: 4096n,
   *   entries: [
   *     { do: 'set', id: 0, gpa: 0n, size: 0x10_0000n, hva, flags: LOG },
   *     { do: 'set', id: 1, gpa: 0x10_0000n, size: 0x10_0000n, hva: hva + 0x10_0000n, flags: LOG },
   *   ],
   * }) // { generation, retired: [] }
   */
  setBatch(b: BatchCall, failure: Failure = NO_FAILURE): BatchOutcome {
    requireBatchCall(b)
    requireFailure(failure)
    return this.#call(() => setBatch(this.#machine, b, failure))
  }

  /**
   * KVM_GET_DIRTY_LOG: EIO, EFAULT, ENXIO, EINVAL, ENOENT, and EFAULT of the bitmap, in this order.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws StuckReader
   */
  getDirtyLog(q: GetLogCall, failure: Failure = NO_FAILURE): GetLogOutcome {
    requireGetLogCall(q)
    requireFailure(failure)
    return this.#call(() => getDirtyLog(this.#machine, q, failure))
  }

  /**
   * KVM_CLEAR_DIRTY_LOG: EIO, EFAULT, ENXIO, EINVAL, ENOENT, ESTALE. Of `pages`, those outside the `count` pages from
   * `first` on have no bit in the bitmap and are ignored.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws StuckReader
   */
  clearDirtyLog(q: ClearLogCall, failure: Failure = NO_FAILURE): Outcome {
    requireClearLogCall(q)
    requireFailure(failure)
    return this.#call(() => clearDirtyLog(this.#machine, q, failure))
  }

  /**
   * KVM_ENABLE_CAP: manual dirty-log protection, or the dirty ring. EINVAL, E2BIG.
   * @throws TypeError, RangeError
   * @throws StuckCall
   */
  enableCap(c: CapCall): Outcome {
    requireCapCall(c)
    return this.#call(() => enableCap(this.#machine, c))
  }

  /**
   * KVM creates an internal slot in every space: EINVAL, EEXIST, ENOMEM.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws StuckReader
   */
  internalSlot(r: InternalSlotCall): Outcome {
    requireInternalSlotCall(r)
    return this.#call(() => internalSlot(this.#machine, r))
  }

  /**
   * KVM_SET_TSS_ADDR: EINVAL, EEXIST, ENOMEM; nothing happens where `ownSlots` has no TSS.
   * @throws TypeError, RangeError
   * @throws StuckCall
   * @throws StuckReader
   */
  setTssAddr(c: TssCall): Outcome {
    requireTssCall(c)
    return this.#call(() => setTssAddr(this.#machine, c))
  }

  /**
   * KVM_CREATE_GUEST_MEMFD: ENOTTY of a VM that can make none, EINVAL, EEXIST of a number that has a file. A file lives as
   * long as its VM.
   * @throws TypeError, RangeError
   * @throws StuckCall
   */
  createGuestMemfd(c: GuestMemfdCall): Outcome {
    requireGuestMemfdCall(c)
    return this.#call(() => createGuestMemfd(this.#machine, c))
  }

  /** KVM_CREATE_VCPU of `id`, a u32, in space 0. EEXIST; ENOMEM beyond 65 536. @throws TypeError, RangeError @throws StuckCall */
  createVcpu(id: number): Outcome {
    domain.requireU32('vcpu', id)
    return this.#call(() => createVcpu(this.#machine, id))
  }

  /**
   * An SMI takes vCPU `id` from space 0 to space 1, whose generation it returns: ENOENT, EINVAL.
   * @throws TypeError, RangeError
   * @throws StuckCall
   */
  enterSmm(id: number): Outcome {
    domain.requireU32('vcpu', id)
    return this.#call(() => enterSmm(this.#machine, id))
  }

  /** RSM takes vCPU `id` from space 1 back to space 0: ENOENT, EINVAL. @throws TypeError, RangeError @throws StuckCall */
  rsm(id: number): Outcome {
    domain.requireU32('vcpu', id)
    return this.#call(() => rsm(this.#machine, id))
  }

  /** Puts a vCPU into any space, as VSM's trust levels would: ENOENT, EINVAL. @throws TypeError, RangeError @throws StuckCall */
  setVcpu(q: { readonly vcpu: number; readonly as: number }): Outcome {
    domain.requireObject('a vCPU', q)
    domain.requireU32('vcpu', q.vcpu)
    domain.requireSlotWord(q.as, 0)
    return this.#call(() => setVcpu(this.#machine, q.vcpu, q.as))
  }

  /**
   * The mapping of frame `gfn`, 0..2^52; null in a hole, and in a space that the VM does not have.
   * @throws TypeError, RangeError
   */
  lookup(as: number, gfn: number): Translation | null {
    domain.requireSlotWord(as, 0)
    domain.requireGfn(gfn)
    return lookup(this.#machine, this.#own(), as, gfn)
  }

  /**
   * The id of the slot that has frame `gfn`, or −1: `lookup` without garbage.
   * @throws RangeError, also without the space
   */
  slotAt(as: number, gfn: number): number {
    domain.requireInteger('as', as, 0, this.#machine.limits.spaces - 1)
    domain.requireGfn(gfn)
    const reader = this.#own()
    reader.enterSpace(as)
    const set = this.#machine.space(as).set(reader.ticket)
    const slot = reader.numberAt(set, gfn)
    const id = slot < 0 ? slot : set.columns.id[slot]!
    reader.leave()
    return id
  }

  /**
   * The guest frames that map the `size` bytes at byte address `hva`, in every space, by space and then frame.
   * @throws TypeError, RangeError
   */
  hvaRange(q: HostRange): GuestRange[] {
    requireHostRange(q)
    return this.#call(() => hvaRange(this.#machine, q.hva, q.size))
  }

  /** `Vcpu.read` */
  read(a: GuestRead): Access {
    return this.#of(a).read(a)
  }

  /** `Vcpu.fetch` */
  fetch(a: GuestRead): Access {
    return this.#of(a).fetch(a)
  }

  /** `Vcpu.write` */
  write(a: GuestWrite): Access {
    return this.#of(a).write(a)
  }

  /** `Vcpu.rmw` */
  rmw(a: GuestWrite): Access {
    return this.#of(a).rmw(a)
  }

  /** `Vcpu.walk` */
  walk(a: { readonly vcpu: number; readonly gfn: number; readonly offset: number }): Access {
    return this.#of(a).walk(a)
  }

  /** `Vcpu.adUpdate` */
  adUpdate(a: GuestWrite): Access {
    return this.#of(a).adUpdate(a)
  }

  /**
   * KVM's own access: EFAULT from a hole, and for a write to a read-only slot.
   * @throws TypeError, RangeError
   * @throws StuckUpdate
   */
  kernelAccess(a: KernelAccess): Access {
    requireKernelAccess(a)
    return kernelAccess(this.#machine, this.#own(), a)
  }

  /**
   * The host changes the rights of `size` bytes of its memory at byte address `hva`, as `mprotect` does; slots and
   * contents stay. EINVAL unless whole pages; ENOMEM beyond 120 ranges without all rights. Accesses that
   * begin later see the change.
   * @throws TypeError, RangeError
   * @throws StuckCall
   */
  hostProtect(q: ProtectCall): Outcome {
    requireProtectCall(q)
    return this.#call(() => hostProtect(this.#machine, q))
  }

  /**
   * The host writes guest memory at byte address `hva`, over any number of pages. Marks nothing.
   * @throws TypeError, RangeError
   * @throws GuestMemoryFull
   */
  poke(q: Poke): void {
    requirePoke(q)
    this.#machine.memory.poke(q.hva, q.data)
  }

  /**
   * The host reads `size` bytes, at most 2^31, of guest memory at byte address `hva`; bytes never written are zero.
   * @throws TypeError, RangeError
   */
  peek(q: Peek): Uint8Array {
    requirePeek(q)
    return this.#machine.memory.peek(q.hva, q.size)
  }

  /** The generation of a space's published set: `as + swaps × spaces`. @throws RangeError without such a space */
  generation(as: number): number {
    return this.#inSpace(as, space => space.generation)
  }

  /** How often the space published a set. @throws RangeError without such a space */
  swaps(as: number): number {
    return this.#inSpace(as, space => space.swaps)
  }

  /** The slots of a space by ascending id, internal ones included. @throws RangeError without such a space */
  slots(as: number): SlotListing[] {
    return this.#inSpace(as, space => listSlots(space))
  }

  #of(a: { readonly vcpu: number }): Vcpu {
    domain.requireObject('an access', a)
    return this.vcpu(a.vcpu)
  }

  #inSpace<T>(as: number, answer: (space: AddressSpace) => T): T {
    domain.requireInteger('as', as, 0, this.#machine.limits.spaces - 1)
    return this.#call(() => answer(this.#machine.space(as)))
  }

  /** Makes a call, one at a time in all threads. @throws StuckCall */
  #call<T>(call: () => T): T {
    const machine = this.#machine
    machine.begin()
    try {
      return call()
    } finally {
      machine.end()
    }
  }

  #own(): Reader {
    this.#reader ??= this.#call(() => addThread(this.#machine))
    return this.#reader
  }

  #indexOf(id: number): number {
    domain.requireU32('vcpu', id)
    const index = this.#machine.control.vcpuReader(id)
    if (index < 0) throw new RangeError(`there is no vCPU ${id}`)
    return index
  }
}

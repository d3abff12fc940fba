import * as domain from './base/domain.js'
import { Machine, type MachineHandle } from './machine.js'
import * as access from './readers/access.js'
import { claimVcpu, release } from './readers/claim.js'
import type { Reader } from './readers/reader.js'
import { LinearVcpu } from './x86/linear.js'

/** Bytes of one page to be read. */
export interface PageRead {
  /** 0..2^52. */
  readonly gfn: number
  /** First byte in the page, 0..4095. */
  readonly offset: number
  /** Bytes, 1..4096; `offset + size` at most 4096. */
  readonly size: number
}

/** Bytes of one page to be written; `data` lies within the page as `size` bytes would. */
export interface PageWrite {
  readonly gfn: number
  readonly offset: number
  readonly data: Uint8Array
}

const NOTHING = new Uint8Array(0)

/**
 * A vCPU in one thread's hands: the accesses that a guest makes, and look-ups under one set. `Vm.createVcpu` makes the
 * vCPU, `Vm.vcpu` takes it in the same thread, `Vcpu.attach` in another one.
 *
 * An access to a page that an update has blocked waits, holding nothing, until the new set is published; StuckUpdate is
 * thrown if that takes longer than the VM's `patience`. An access that leaves its page is a RangeError.
 */
export class Vcpu {
  readonly id: number
  readonly #machine: Machine
  readonly #reader: Reader

  #linear: LinearVcpu | undefined

  /** @internal */
  constructor(machine: Machine, id: number) {
    this.#reader = claimVcpu(machine, id)
    this.#machine = machine
    this.id = id
  }

  /** Takes vCPU `id` of a VM that another thread shares. @throws RangeError if there is none @throws VcpuTaken */
  static attach(share: MachineHandle, id: number): Vcpu {
    domain.requireU32('a vCPU', id)
    return new Vcpu(Machine.attach(share), id)
  }

  /** The same vCPU by linear addresses: through its registers and the guest's tables. */
  get linear(): LinearVcpu {
    this.#linear ??= new LinearVcpu(this.#machine, this.#reader)
    return this.#linear
  }

  /** A data read: the bytes, or MMIO from a hole. */
  read(a: PageRead): access.Access {
    return this.#read(access.READ, a)
  }

  /** An instruction fetch: the bytes, or an exit from a hole. */
  fetch(a: PageRead): access.Access {
    return this.#read(access.FETCH, a)
  }

  /** A data write, marked where logged; MMIO to a hole or a read-only slot. */
  write(a: PageWrite): access.Access {
    return this.#write(access.WRITE, a)
  }

  /** An atomic read-modify-write: puts `data` there and returns what was there; MMIO as a write. */
  rmw(a: PageWrite): access.Access {
    return this.#write(access.RMW, a)
  }

  /** The page walk's read of 8 bytes: a fault in a hole or an internal slot. */
  walk(a: { readonly gfn: number; readonly offset: number }): access.Access {
    return this.#read(access.WALK, { gfn: a.gfn, offset: a.offset, size: access.ENTRY_BYTES })
  }

  /** The page walk's write of 8 bytes (accessed and dirty bits): a fault as `walk`; nothing is written to a read-only table. */
  adUpdate(a: PageWrite): access.Access {
    domain.requireInteger('the length of an entry', a.data.length, access.ENTRY_BYTES, access.ENTRY_BYTES)
    return this.#write(access.AD_UPDATE, a)
  }

  /**
   * Begins a section: until `leave`, the look-ups below see one set, and an update waits for it. So a section is short,
   * makes no access and no call. Nothing in it allocates.
   */
  enter(): void {
    this.#reader.enter()
  }

  /** The id of the slot that holds frame `gfn`, 0..2^52, or −1. In a section. @throws RangeError, and the section is over */
  slotAt(gfn: number): number {
    if (!isFrame(gfn)) this.#refuse(gfn)
    const set = this.#set
    const slot = this.#reader.numberAt(set, gfn)
    return slot < 0 ? slot : set.columns.id[slot]!
  }

  /** The host page behind frame `gfn`, 0..2^52, or −1 in a hole. In a section. @throws RangeError, and the section is over */
  hostPageAt(gfn: number): number {
    if (!isFrame(gfn)) this.#refuse(gfn)
    const set = this.#set
    const slot = this.#reader.numberAt(set, gfn)
    return slot < 0 ? slot : set.columns.hva[slot]! + gfn - set.columns.extents[2 * slot]!
  }

  /** Whether an access to frame `gfn`, 0..2^52, would wait. In a section. @throws RangeError, and the section is over */
  isBlocked(gfn: number, writes: boolean): boolean {
    if (!isFrame(gfn)) this.#refuse(gfn)
    return this.#reader.isBlocked(gfn, writes)
  }

  /** Ends a section. */
  leave(): void {
    this.#reader.leave()
  }

  /** How often an access of this object has met a blocked page and waited. */
  get waits(): number {
    return this.#reader.waits
  }

  /** Lets go of the vCPU: another thread may take it. */
  close(): void {
    release(this.#machine, this.#reader.index)
  }

  #refuse(gfn: number): never {
    this.leave()
    throw new RangeError(`gfn must be an integer in 0..2^52, not ${gfn}`)
  }

  get #set() {
    return this.#machine.space(this.#reader.as).set(this.#reader.ticket)
  }

  #read(kind: typeof access.READ, { gfn, offset, size }: PageRead): access.Access {
    domain.requireGfn(gfn)
    domain.requireWithinPage(offset, size)
    return this.#access(kind, { gfn, offset, size, data: NOTHING })
  }

  #write(kind: typeof access.WRITE, { gfn, offset, data }: PageWrite): access.Access {
    domain.requireGfn(gfn)
    domain.requireWithinPage(offset, data.length)
    return this.#access(kind, { gfn, offset, size: data.length, data })
  }

  #access(kind: typeof access.READ, a: access.Target): access.Access {
    const machine = this.#machine
    return access.access(machine, this.#reader, access.spaceOf(machine, this.#reader), kind, a)
  }
}

function isFrame(gfn: number): boolean {
  return Number.isInteger(gfn) && gfn >= 0 && gfn <= 2 ** 52
}

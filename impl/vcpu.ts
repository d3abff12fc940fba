import * as domain from './base/domain.js'
import { Machine, type MachineHandle } from './machine.js'
import * as access from './readers/access.js'
import { claimVcpu, release } from './readers/claim.js'
import type { Reader } from './readers/reader.js'
import { LinearVcpu } from './x86/linear.js'

/** An access that reads bytes of one page. */
export interface PageRead {
  /** Frame number, 0..2^52. */
  readonly gfn: number
  /** First byte in the page, 0..4095. */
  readonly offset: number
  /** Bytes, 1..4096; `offset + size` at most 4096. */
  readonly size: number
  /** Who makes it; the processor without it. `Vcpu.read` and `Vcpu.fetch` only. */
  readonly by?: access.AccessPath
}

/** An access that writes bytes of one page: 1..4096 of `data`, `offset + data.length` at most 4096. */
export interface PageWrite {
  /** Frame number, 0..2^52. */
  readonly gfn: number
  /** First byte in the page, 0..4095. */
  readonly offset: number
  readonly data: Uint8Array
  /** Who makes it; the processor without it. `Vcpu.write` and `Vcpu.rmw` only. */
  readonly by?: access.AccessPath
}

const NOTHING = new Uint8Array(0)

/**
 * A vCPU claimed by one thread: the accesses that a guest makes, and lookups in one set. `Vm.createVcpu` makes the
 * vCPU, `Vm.vcpu` claims it in the same thread, `Vcpu.attach` in another one.
 *
 * An access to a page that an update has blocked waits, holding nothing, until the new set is published; it throws
 * StuckUpdate if that takes longer than the VM's `patience`. An access beyond its page is a RangeError.
 *
 * @example
 * // in a worker, with `workerData` from `vm.share()`
 * const vcpu = Vcpu.attach(workerData, 0)
 * vcpu.write({ gfn: 0x100, offset: 0, data: Uint8Array.of(1) }) // { end: 'data' }
 * vcpu.enter() // two lookups that see the same set
 * const apart = vcpu.slotAt(0x100) !== vcpu.slotAt(0x101)
 * vcpu.leave()
 * vcpu.close()
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

  /**
   * Claims vCPU `id`, a u32, of a VM that another thread shares.
   * @throws TypeError, RangeError if there is none
   * @throws VcpuTaken
   */
  static attach(share: MachineHandle, id: number): Vcpu {
    domain.requireU32('vcpu', id)
    return new Vcpu(Machine.attach(share), id)
  }

  /** The number of this object's thread among those that have the VM; see `Vm.recover`. */
  get owner(): number {
    return this.#machine.owner
  }

  /** Whether this object has the vCPU still: it was not closed, and nobody has released it. */
  get isOwn(): boolean {
    return this.#reader.isOwn
  }

  /** The vCPU's accesses by linear address, through its registers and the guest's page tables. */
  get linear(): LinearVcpu {
    this.#linear ??= new LinearVcpu(this.#machine, this.#reader)
    return this.#linear
  }

  /** A data read: the bytes, or MMIO from a hole. @throws TypeError, RangeError @throws StuckUpdate */
  read(a: PageRead): access.Access {
    return this.#read(access.READ[pathOf(a)], a)
  }

  /** An instruction fetch: the bytes, or an exit from a hole; of arm64 a fault. @throws TypeError, RangeError @throws StuckUpdate */
  fetch(a: PageRead): access.Access {
    const kinds = this.#machine.limits.failedFetch === 'abort' ? access.ABORTING_FETCH : access.FETCH
    return this.#read(kinds[pathOf(a)], a)
  }

  /**
   * A data write, marked if the slot is logged; MMIO to a hole or a read-only slot.
   * @throws TypeError, RangeError
   * @throws StuckUpdate
   */
  write(a: PageWrite): access.Access {
    return this.#write(access.WRITE[pathOf(a)], a)
  }

  /**
   * An atomic exchange: writes `data` and returns the bytes before; MMIO as a write.
   * @throws TypeError, RangeError
   * @throws StuckUpdate
   */
  rmw(a: PageWrite): access.Access {
    return this.#write(access.RMW[pathOf(a)], a)
  }

  /** The page walk's read of 8 bytes: a fault in a hole or an internal slot. @throws TypeError, RangeError @throws StuckUpdate */
  walk(a: { readonly gfn: number; readonly offset: number }): access.Access {
    domain.requireObject('an access', a)
    return this.#read(access.WALK, { gfn: a.gfn, offset: a.offset, size: access.ENTRY_BYTES })
  }

  /**
   * The page walk's write of 8 bytes (accessed and dirty bits): a fault as `walk`. To a read-only slot nothing is
   * written, and the access ends as `data`.
   * @throws TypeError, RangeError
   * @throws StuckUpdate
   */
  adUpdate(a: PageWrite): access.Access {
    domain.requireObject('an access', a)
    domain.requireBytes('data', a.data)
    domain.requireInteger('data.length', a.data.length, access.ENTRY_BYTES, access.ENTRY_BYTES)
    return this.#write(access.AD_UPDATE, a)
  }

  /**
   * Begins a section: until `leave`, the lookups below see one set, and an update waits for it. So keep a section
   * short, and make no access and no call in it. It makes no garbage.
   */
  enter(): void {
    this.#reader.enter()
  }

  /** The id of the slot that has frame `gfn`, 0..2^52, or −1. In a section. @throws TypeError, RangeError, and ends the section */
  slotAt(gfn: number): number {
    if (!isFrame(gfn)) this.#refuse(gfn)
    const set = this.#set
    const slot = this.#reader.numberAt(set, gfn)
    return slot < 0 ? slot : set.columns.id[slot]!
  }

  /**
   * The host page number (hva >> 12) of frame `gfn`, 0..2^52, or −1 in a hole. In a section.
   * @throws TypeError, RangeError, and ends the section
   */
  hostPageAt(gfn: number): number {
    if (!isFrame(gfn)) this.#refuse(gfn)
    const set = this.#set
    const slot = this.#reader.numberAt(set, gfn)
    return slot < 0 ? slot : set.columns.hva[slot]! + gfn - set.columns.extents[2 * slot]!
  }

  /** Whether an access to frame `gfn`, 0..2^52, would wait. In a section. @throws TypeError, RangeError, and ends the section */
  isBlocked(gfn: number, writes: boolean): boolean {
    if (!isFrame(gfn)) this.#refuse(gfn)
    if (typeof writes !== 'boolean') {
      this.leave()
      domain.requireBoolean('writes', writes)
    }
    return this.#reader.isBlocked(gfn, writes)
  }

  /** Ends a section. */
  leave(): void {
    this.#reader.leave()
  }

  /** How often an access of this object has waited for a blocked page. */
  get waits(): number {
    return this.#reader.waits
  }

  /**
   * Releases the vCPU: another thread may claim it. From now on this object does nothing: accesses and sections throw
   * Released, and to close it again has no effect.
   */
  close(): void {
    const reader = this.#reader
    if (reader.isOwn) release(this.#machine, reader.index)
    reader.disown()
  }

  /** Ends the section, and throws for a number that is no frame. */
  #refuse(gfn: number): never {
    this.leave()
    domain.requireGfn(gfn)
    throw new TypeError('gfn must be a number') // what compares as a frame, and is none
  }

  get #set() {
    return this.#machine.space(this.#reader.as).set(this.#reader.ticket)
  }

  #read(kind: access.Kind, a: PageRead): access.Access {
    if (typeof a !== 'object' || a === null) domain.requireObject('an access', a)
    const { gfn, offset, size } = a
    domain.requireGfn(gfn)
    domain.requireWithinPage(offset, size)
    return this.#access(kind, { gfn, offset, size, data: NOTHING })
  }

  #write(kind: access.Kind, a: PageWrite): access.Access {
    if (typeof a !== 'object' || a === null) domain.requireObject('an access', a)
    const { gfn, offset, data } = a
    domain.requireBytes('data', data)
    domain.requireGfn(gfn)
    domain.requireWithinPage(offset, data.length)
    return this.#access(kind, { gfn, offset, size: data.length, data })
  }

  #access(kind: access.Kind, a: access.Target): access.Access {
    const machine = this.#machine
    return access.access(machine, this.#reader, access.spaceOf(machine, this.#reader), kind, a)
  }
}

/** Who makes an access: the processor, unless it says so. @throws TypeError, RangeError */
function pathOf(a: PageRead | PageWrite): access.AccessPath {
  if (typeof a !== 'object' || a === null) domain.requireObject('an access', a)
  const { by } = a
  if (by === undefined) return 'hardware'
  domain.requireOneOf('by', by, access.ACCESS_PATHS)
  return by
}

function isFrame(gfn: number): boolean {
  return Number.isInteger(gfn) && gfn >= 0 && gfn <= 2 ** 52
}

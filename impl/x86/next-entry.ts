import type { Machine } from '../machine.js'
import type { Reader } from '../readers/reader.js'
import { QUEUED } from '../threads/control.js'
import { ABANDONED, inSection } from './attempts.js'
import { type CommonEnd, type Exception, type ProcessorEnd, UD } from './ends.js'
import { type Mmu, OK } from './mmu.js'
import { findRoot, ROOTLESS } from './processor-walk.js'
import { haveSamePaging, type Registers } from './registers.js'

/** How an access ends that is not made, since an exception is delivered in its place, or the vCPU is stuck. */
type NotMade = CommonEnd | ProcessorEnd

/** The root of a vCPU was missing: its accesses end the same way again. */
interface Stuck {
  readonly end: ProcessorEnd
  /** Until registers are loaded with another CR0, CR3, CR4 or EFER, and not only loaded. */
  readonly untilOtherPaging: boolean
}

/**
 * What the next entry of a vCPU into its guest meets before any access: an exception that is queued, or what the vCPU is
 * stuck in (semantics.md §1, vCPU). That there is something stands in the vCPU's word, since a call of another thread
 * may drop it.
 */
export class NextEntry {
  readonly #machine: Machine
  readonly #reader: Reader
  readonly #mmu: Mmu
  #queued: Exception = UD
  #stuck: Stuck | null = null
  /** An SMI has left the registers: its interrupt table has the limit 0. */
  #withoutHandlers = false

  constructor(machine: Machine, reader: Reader, mmu: Mmu) {
    this.#machine = machine
    this.#reader = reader
    this.#mmu = mmu
    this.isQueued = false
  }

  get isQueued(): boolean {
    const { control } = this.#machine
    return Atomics.load(control.words, control.readerAt(this.#reader.index) + QUEUED) !== 0
  }

  set isQueued(is: boolean) {
    const { control } = this.#machine
    Atomics.store(control.words, control.readerAt(this.#reader.index) + QUEUED, is ? 1 : 0)
  }

  /** Whether something is queued for a handler of an SMI, which has none. */
  get shutsDown(): boolean {
    return this.isQueued && this.#withoutHandlers
  }

  drop(): void {
    this.#stuck = null
    this.isQueued = false
  }

  queue(exception: Exception): void {
    this.#stuck = null
    this.#queued = exception
    this.isQueued = true
  }

  /** Registers are loaded in place of others: what was queued is dropped, and userspace has set an interrupt table. */
  load(registers: Registers, before: Registers): void {
    const stays = this.isQueued && this.#stuck?.untilOtherPaging === true && haveSamePaging(registers, before)
    if (!stays) this.drop()
    this.#withoutHandlers = false
  }

  /** The registers are those that an SMI leaves. */
  enterHandler(): void {
    this.#withoutHandlers = true
  }

  /**
   * What is met instead of the access, or null. What is queued is delivered through the root of the guest's tables, below
   * a second stage; without handlers the guest shuts down.
   */
  met(): NotMade | null {
    this.#reader.require()
    if (!this.isQueued) return null
    if (this.#stuck !== null) return this.#stuck.end
    if (this.#withoutHandlers) {
      this.drop()
      return { end: 'shutdown' }
    }
    const root = this.#rootForDelivery()
    if (root === ABANDONED) return { end: 'abandoned' }
    if (root === ROOTLESS) return this.rootless(this.#queued)
    this.drop()
    return { end: 'fault', exception: this.#queued }
  }

  /** Looks the root up; PAE's is in registers, and shadowed tables are not looked at. */
  #rootForDelivery(): typeof OK | typeof ROOTLESS | typeof ABANDONED {
    const mmu = this.#mmu
    if (this.#machine.limits.secondStage === 'shadow' || mmu.regime.paging === 'none') return OK
    return inSection(mmu, () => {
      mmu.belowSecondStage = true
      const found = findRoot(mmu)
      mmu.belowSecondStage = false
      return found
    })
  }

  /** KVM_RUN ends without a root, so that an exception cannot be delivered (real-kvm.md, The root in a hole). */
  rootless(exception: Exception): ProcessorEnd {
    const { kernel, secondStage, vendor } = this.#machine.limits
    const { end, next } = kernel.rootless[secondStage === 'shadow' ? 'shadow' : vendor]
    const ended: ProcessorEnd = end === 'exit' ? { end, exit: { suberror: 3, ndata: 5 } } : { end }
    if (next === 'fault') this.queue(exception)
    else this.drop()
    if (next === 'same until loaded' || next === 'same until other paging') {
      this.#stuck = { end: ended, untilOtherPaging: next === 'same until other paging' }
      this.isQueued = true
    }
    return ended
  }
}

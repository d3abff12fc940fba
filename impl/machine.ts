import { AddressSpace } from './address-space.js'
import { DirtyBitmap } from './dirty-bitmap.js'
import { GuestMemory } from './guest-memory.js'
import type { Limits } from './options.js'
import { isLogged, type Shape } from './slot.js'

/** `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: 0 off; 1 GET reports and CLEAR consumes; 3 also starts logs all set. */
export type ManualProtect = 0 | 1 | 3

/** The state of a VM, as its calls share it. */
export class Machine {
  readonly limits: Limits
  readonly spaces: readonly AddressSpace[]
  readonly memory: GuestMemory
  /** The space each vCPU is in, by vCPU id. */
  readonly vcpus = new Map<number, number>()
  manualProtect: ManualProtect = 0
  /** Bytes of each vCPU's dirty ring; 0 without. */
  ringBytes = 0

  constructor(limits: Limits) {
    this.limits = limits
    this.memory = new GuestMemory(limits.memoryLimit)
    this.spaces = Array.from({ length: limits.spaces }, (_, index) => new AddressSpace(index, limits.spaces))
  }

  /** Whether a dirty ring takes the place of bitmaps (`kvm_use_dirty_bitmap` is false). */
  get usesRing(): boolean {
    return this.ringBytes !== 0
  }

  /** Whether fresh logs start all set (`KVM_DIRTY_LOG_INITIALLY_SET`). */
  get startsAllSet(): boolean {
    return this.manualProtect === 3
  }

  /** Whether a slot of this shape has a bitmap: it is logged, and no ring is in use. */
  keepsBitmap(shape: Shape): boolean {
    return isLogged(shape) && !this.usesRing
  }

  /** A log without history (`kvm_alloc_dirty_bitmap` in `kvm_prepare_memory_region`). */
  freshLog(npages: number): DirtyBitmap {
    const bitmap = new DirtyBitmap(npages)
    if (this.startsAllSet) bitmap.fill(0, npages, true)
    return bitmap
  }

  /** The space vCPU `id` is in. @throws RangeError if there is no such vCPU */
  spaceOf(id: number): AddressSpace {
    const as = this.vcpus.get(id)
    if (as === undefined) throw new RangeError(`there is no vCPU ${id}`)
    return this.spaces[as]!
  }
}

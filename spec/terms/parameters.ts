import type { KernelName, Vendor } from './kernels.js'
import { type U64, u64 } from './numbers.js'
import { IDENTITY_MAP, type OwnSlot } from './own-slots.js'

/** What a conforming implementation may choose for itself: parameters of the specification, never constants. */
export interface Parameters {
  /** `linux`: one slot at a time, as it is. `batch`: the same, and the batch of semantics.md §2. */
  readonly profile: 'linux' | 'batch'
  /** Whose answers, where kernels differ (`KERNELS`). Absent: each answer may be that of any of them. */
  readonly kernel?: KernelName
  /** Whose processor the VM runs on, where it matters. Absent: each answer may be that of either. */
  readonly vendor?: Vendor
  /** How many address spaces the VM has. At least 1. */
  readonly spaces: number
  /** User slot ids are `0 .. slotLimit-1`. At most 32768. */
  readonly slotLimit: number
  /** Internal ids that may come to exist; each is at least `slotLimit`. */
  readonly internalIds: readonly number[]
  /** The slots that KVM makes for itself on this processor, by KVM_SET_TSS_ADDR and with the first vCPU. */
  readonly ownSlots: readonly OwnSlot[]
  /** Where KVM_SET_IDENTITY_MAP_ADDR has put the identity map, in bytes; 0xfffbc000 where it was not called, or with 0. */
  readonly identityMap: U64
  /** The last frame a slot may cover. */
  readonly maxGfn: number
  /** The errno of a slot that appears or moves and would end beyond it. */
  readonly beyondMaxGfn: 'EINVAL' | 'EFAULT'
  /** The first host address beyond user space: a region's last byte lies below it. */
  readonly hvaLimit: U64
  /** Whether slots may be read-only. */
  readonly readonlyMem: boolean
  /** Whether slots may be backed by guest_memfd (through REGION2 only). */
  readonly guestMemfd: boolean
  /** Whether a dirty bit means that the page was written. Hardware paths may set it on a read or a fetch. */
  readonly exact: boolean
  /** `strict`: the first check that fails decides, in Linux's order. `loose`: any error that is true of the call. */
  readonly errors: 'strict' | 'loose'
  /** Entries of a dirty ring that are reserved: 64, and the 512 of the buffer besides where a processor has PML. */
  readonly ringReserved: number
  /** The most entries of a batch; more is E2BIG. */
  readonly maxEntries: number
  /** Whether an allocation may fail unasked: then ENOMEM is allowed wherever one is made. */
  readonly allocations: 'succeed' | 'may fail'
  /** Where KVM's page walker and the manuals differ: whose side to take. */
  readonly walker: 'kvm' | 'architecture'
  /** How a guest's own tables are used by the processor: below a second stage, or shadowed. */
  readonly secondStage: 'tdp' | 'shadow'
  /** What a fault of the processor does at an INVALID slot: it is retried, or meets it as a hole. */
  readonly invalid: 'retry' | 'hole'
  /** What a fetch from a hole ends in: an exit of KVM_RUN, or an abort that the guest takes. */
  readonly failedFetch: 'exit' | 'abort'
  /** `KVM_CAP_EXIT_ON_EMULATION_FAILURE`: a failed fetch exits and queues nothing. */
  readonly exitOnEmulationFailure: boolean
}

/** Parameters to begin from: profile `batch`, two address spaces, strict errors, exact logs, KVM's walker, a second stage. */
export const defaultParameters: Parameters = {
  profile: 'batch',
  spaces: 2,
  slotLimit: 32764,
  internalIds: [],
  ownSlots: [],
  identityMap: IDENTITY_MAP,
  maxGfn: 2 ** 40 - 1,
  beyondMaxGfn: 'EINVAL',
  hvaLimit: u64(0x7ffffffff000n),
  readonlyMem: true,
  guestMemfd: false,
  exact: true,
  errors: 'strict',
  ringReserved: 64,
  maxEntries: 32764,
  allocations: 'succeed',
  walker: 'kvm',
  secondStage: 'tdp',
  invalid: 'retry',
  failedFetch: 'exit',
  exitOnEmulationFailure: true,
}

import {
  requireArray,
  requireBoolean,
  requireEach,
  requireInteger,
  requireObject,
  requireOneOf,
  requireU64,
} from './base/domain.js'
import { pageAddress } from './base/frames.js'
import { type KernelName, type KernelWays, type Vendor, waysOf } from './base/kernels.js'
import { OWN_SLOTS, type OwnSlot, PAGES_FROM_END } from './base/own-slots.js'
import { ARCH_NAMES, type ArchName, optionsOf, VM_TYPE_NAMES, type VmTypeName } from './base/profiles.js'
import { DirtyArena } from './dirty/arena.js'
import { DEFAULT_MEMORY_LIMIT } from './memory/guest-memory.js'

/** Options of a VM. Each has a default, given last in its description. */
export interface VmOptions {
  /** Which architecture KVM runs on. It stands for options, of which each may be given besides. Default x86. */
  readonly arch?: ArchName | undefined
  /** The type of the VM on x86 (KVM_CREATE_VM), which stands for options likewise. Default 'default'. */
  readonly vmType?: VmTypeName | undefined
  /** Address spaces, 1..256. Default 2: normal and SMM (x86 `KVM_MAX_NR_ADDRESS_SPACES`). See `Vm.share` for the cost. */
  readonly spaces?: number | undefined
  /** User slot ids are 0..slotLimit − 1; 1..65535. Default 32764 (x86 `KVM_USER_MEM_SLOTS`). */
  readonly slotLimit?: number | undefined
  /** The last legal gfn (`kvm_mmu_max_gfn()`), 0..2^52 − 1. Default 2^40 − 1. */
  readonly maxGfn?: number | undefined
  /** The errno of a slot that would end beyond it (`kvm_arch_prepare_memory_region`). Default 'EINVAL'. */
  readonly beyondMaxGfn?: 'EINVAL' | 'EFAULT' | undefined
  /** What a fetch from a hole ends in: an exit of KVM_RUN, or an abort that the guest takes. Default 'exit'. */
  readonly failedFetch?: 'exit' | 'abort' | undefined
  /** The first host address beyond user space (`access_ok`), in bytes, a u64. Default 0x7ffffffff000. */
  readonly hvaLimit?: bigint | undefined
  /** Whether slots can be read-only (`kvm_arch_has_readonly_mem`). Default true. */
  readonly readonlyMem?: boolean | undefined
  /** Whether slots can have a guest_memfd (`CONFIG_KVM_GUEST_MEMFD`). Default false. */
  readonly guestMemfd?: boolean | undefined
  /** Reserved entries of a dirty ring (`kvm_dirty_ring_get_rsvd_entries`), 0..65536. Default 64; 576 on Intel with PML. */
  readonly ringReserved?: number | undefined
  /** The most entries a batch may have, 0..2^53 − 1; more is E2BIG. Default slotLimit, so that any replacement fits. */
  readonly maxEntries?: number | undefined
  /**
   * The most bytes that written host pages may take, a multiple of 256 KiB, at most 1.5 GiB. Beyond it a guest's write
   * faults with ENOMEM and `Vm.poke` throws GuestMemoryFull. Default 1 GiB.
   */
  readonly memoryLimit?: number | undefined
  /** Milliseconds that one thread waits for another before it throws a Stuck… error, 1..3 600 000. Default 10 000. */
  readonly patience?: number | undefined
  /**
   * `KVM_CAP_EXIT_ON_EMULATION_FAILURE`: a failed fetch exits and queues nothing; without, it queues #UD. Default true.
   */
  readonly exitsOnEmulationFailure?: boolean | undefined
  /**
   * How the processor translates: over a second stage of tables (EPT, NPT), or with shadow paging. Default 'tdp'; 'shadow' of the
   * kernel 'pvm', which has nothing else.
   */
  readonly secondStage?: 'tdp' | 'shadow' | undefined
  /** The kernel whose answers the VM gives where kernels differ. Default '7.3'. */
  readonly kernel?: KernelName | undefined
  /** Whose processor the VM runs on: KVM has a module for each. Default 'intel'. */
  readonly vendor?: Vendor | undefined
  /** The slots that KVM makes for itself: by `Vm.setTssAddr`, and with the first vCPU. Ids from slotLimit on. Default none. */
  readonly ownSlots?: readonly OwnSlot[] | undefined
  /** Where KVM_SET_IDENTITY_MAP_ADDR has put the identity map, in bytes, a u64. Default, and 0: 0xfffbc000. */
  readonly identityMap?: bigint | undefined
  /** Ids, slotLimit..65535, that `Vm.internalSlot` may create. Default none. */
  readonly internalIds?: readonly number[] | undefined
  /**
   * The memory of dirty logs; any number of VMs may share one. A log for which it has no room is ENOMEM. Default the
   * thread's own, `DirtyArena.ofThread()`, of 4 GiB.
   */
  readonly arena?: DirtyArena | undefined
}

/**
 * The most address spaces. Their numbers have 16 bits, but KVM has two at most, and VSM wants one for each of 16 trust
 * levels; each costs some buffers of its own.
 */
export const MAX_SPACES = 256

/** The options of a VM with every default filled in. */
export interface Limits {
  readonly spaces: number
  readonly slotLimit: number
  readonly maxGfn: number
  readonly beyondMaxGfn: 'EINVAL' | 'EFAULT'
  readonly failedFetch: 'exit' | 'abort'
  readonly hvaLimit: bigint
  readonly readonlyMem: boolean
  readonly guestMemfd: boolean
  readonly ringReserved: number
  readonly maxEntries: number
  readonly memoryLimit: number
  readonly exitsOnEmulationFailure: boolean
  readonly secondStage: 'tdp' | 'shadow'
  readonly patience: number
  readonly kernel: KernelWays
  readonly vendor: Vendor
  readonly internalIds: ReadonlySet<number>
  readonly ownSlots: ReadonlySet<OwnSlot>
  readonly identityMap: bigint
  /** Ids of `internalIds` and `ownSlots` together. */
  readonly ownIds: ReadonlySet<number>
}

const DEFAULT_IDENTITY_MAP = 0xfffb_c000n

const OPTIONS: Readonly<Record<keyof VmOptions, true>> = {
  arch: true,
  vmType: true,
  spaces: true,
  slotLimit: true,
  maxGfn: true,
  beyondMaxGfn: true,
  failedFetch: true,
  hvaLimit: true,
  readonlyMem: true,
  guestMemfd: true,
  ringReserved: true,
  maxEntries: true,
  memoryLimit: true,
  patience: true,
  exitsOnEmulationFailure: true,
  secondStage: true,
  internalIds: true,
  ownSlots: true,
  identityMap: true,
  arena: true,
  kernel: true,
  vendor: true,
}

/** The options that are given. */
function defined(options: VmOptions): VmOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** User space must have room for the memory that KVM makes for slots of its own, at its end. */
function requireOwnMemory({ ownSlots, hvaLimit }: Pick<Limits, 'ownSlots' | 'hvaLimit'>): void {
  const pages = Math.max(0, ...[...ownSlots].map(which => PAGES_FROM_END[which]))
  if (hvaLimit >= pageAddress(pages)) return
  throw new RangeError(
    `hvaLimit must be at least ${pageAddress(pages)} with ownSlots ${[...ownSlots].join(', ')}, not ${hvaLimit}`,
  )
}

/** Fills in the defaults. @throws TypeError, RangeError for an option that is not known, or outside its range */
export function limitsOf(given: VmOptions): Limits {
  requireObject('options', given)
  for (const [name, value] of Object.entries(given)) {
    requireOneOf('an option', name, Object.keys(OPTIONS))
    if (value === null) throw new TypeError(`${name} must not be null`)
  }
  if (given.arch !== undefined) requireOneOf('arch', given.arch, ARCH_NAMES)
  if (given.vmType !== undefined) requireOneOf('vmType', given.vmType, VM_TYPE_NAMES)
  const options: VmOptions = { ...optionsOf(given.arch, given.vmType), ...defined(given) }
  requireEach('ownSlots', options.ownSlots ?? [], one => requireOneOf('', one, OWN_SLOTS))
  requireArray('internalIds', options.internalIds ?? [])
  if (options.arena !== undefined && !(options.arena instanceof DirtyArena)) {
    throw new TypeError('arena must be a DirtyArena')
  }
  const slotLimit = options.slotLimit ?? 32_764
  const kernel = waysOf(options.kernel ?? '7.3')
  const limits = {
    spaces: options.spaces ?? 2,
    slotLimit,
    maxGfn: options.maxGfn ?? 2 ** 40 - 1,
    beyondMaxGfn: options.beyondMaxGfn ?? 'EINVAL',
    failedFetch: options.failedFetch ?? 'exit',
    hvaLimit: options.hvaLimit ?? 0x7fff_ffff_f000n,
    readonlyMem: options.readonlyMem ?? true,
    guestMemfd: options.guestMemfd ?? false,
    ringReserved: options.ringReserved ?? 64,
    maxEntries: options.maxEntries ?? slotLimit,
    memoryLimit: options.memoryLimit ?? DEFAULT_MEMORY_LIMIT,
    exitsOnEmulationFailure: options.exitsOnEmulationFailure ?? true,
    secondStage: options.secondStage ?? (kernel.shadowOnly ? 'shadow' : 'tdp'),
    patience: options.patience ?? 10_000,
    kernel,
    vendor: options.vendor ?? 'intel',
    internalIds: new Set(options.internalIds ?? []),
    ownSlots: new Set(options.ownSlots ?? []),
    identityMap: options.identityMap || DEFAULT_IDENTITY_MAP,
    ownIds: new Set([
      ...(options.internalIds ?? []),
      ...(options.ownSlots ?? []).map(which => slotLimit + OWN_SLOTS.indexOf(which)),
    ]),
  }
  requireInteger('spaces', limits.spaces, 1, MAX_SPACES)
  requireInteger('slotLimit', slotLimit, 1, 65_535)
  requireInteger('maxGfn', limits.maxGfn, 0, 2 ** 52 - 1)
  requireU64('hvaLimit', limits.hvaLimit)
  requireOwnMemory(limits)
  requireU64('identityMap', limits.identityMap)
  for (const name of ['readonlyMem', 'guestMemfd', 'exitsOnEmulationFailure'] as const) {
    requireBoolean(name, limits[name])
  }
  requireOneOf('beyondMaxGfn', limits.beyondMaxGfn, ['EINVAL', 'EFAULT'])
  requireOneOf('failedFetch', limits.failedFetch, ['exit', 'abort'])
  requireOneOf('secondStage', limits.secondStage, ['tdp', 'shadow'])
  if (kernel.shadowOnly && limits.secondStage !== 'shadow') {
    const by = given.secondStage === undefined ? ` of arch '${options.arch}'` : ''
    throw new RangeError(
      `secondStage must be 'shadow' where kernel is '${options.kernel}', not '${limits.secondStage}'${by}`,
    )
  }
  requireOneOf('vendor', limits.vendor, ['intel', 'amd'])
  requireInteger('memoryLimit', limits.memoryLimit, 0, Number.MAX_SAFE_INTEGER)
  requireInteger('ringReserved', limits.ringReserved, 0, 65_536)
  requireInteger('maxEntries', limits.maxEntries, 0, Number.MAX_SAFE_INTEGER)
  requireInteger('patience', limits.patience, 1, 3_600_000)
  for (const id of limits.internalIds) requireInteger('internalIds', id, slotLimit, 65_535)
  return limits
}

import { type U64, u64 } from './numbers.js'
import type { Parameters } from './parameters.js'

/** What an architecture settles: the parameters of its VMs, and the one page size that is specified of it. */
export interface Architecture
  extends Pick<
    Parameters,
    | 'spaces'
    | 'slotLimit'
    | 'maxGfn'
    | 'hvaLimit'
    | 'readonlyMem'
    | 'secondStage'
    | 'invalid'
    | 'beyondMaxGfn'
    | 'failedFetch'
  > {
  /** Bytes: the unit of frames, and what gpa, size and hva are aligned to. */
  readonly pageSize: 4096
}

/** TASK_SIZE_MAX of x86 with four levels of tables; what `access_ok` ends at. */
const X86_USER: U64 = u64(0x7ffffffff000n)

const x86 = {
  pageSize: 4096,
  // KVM_MAX_NR_ADDRESS_SPACES (arch/x86/include/asm/kvm_host.h): SMM has a space of its own.
  spaces: 2,
  // 32767 but for KVM_INTERNAL_MEM_SLOTS, of which x86 has 3.
  slotLimit: 32764,
  hvaLimit: X86_USER,
  readonlyMem: true,
  // `kvm_handle_noslot_fault` and `kvm_mmu_faultin_pfn`: RET_PF_RETRY, since 5.13.
  invalid: 'retry',
  // `kvm_arch_prepare_memory_region` (arch/x86/kvm/x86.c).
  beyondMaxGfn: 'EINVAL',
  failedFetch: 'exit',
  // `kvm_mmu_max_gfn`: below a second stage the host's MAXPHYADDR, here the most there is; with shadow paging always 52 bits.
  maxGfn: 2 ** 40 - 1,
} as const satisfies Omit<Architecture, 'secondStage'>

/**
 * The architectures that are specified, by the name that a configuration gives (`arch`). docs/semantics.md, Architectures, has
 * the source of each, and says what is left out.
 */
export const ARCHITECTURES = {
  'x86-tdp': { ...x86, secondStage: 'tdp' },
  'x86-shadow': { ...x86, secondStage: 'shadow' },
  arm64: {
    pageSize: 4096,
    // `kvm_arch_nr_memslot_as_ids` and KVM_INTERNAL_MEM_SLOTS as include/linux/kvm_host.h has them for all: 1 and 0.
    spaces: 1,
    slotLimit: 32767,
    // An IPA of 40 bits, unless KVM_CREATE_VM asks for another.
    maxGfn: 2 ** 28 - 1,
    // TASK_SIZE_MAX: 48 bits of virtual addresses, or the 52 that newer kernels are built for (CONFIG_ARM64_VA_BITS).
    hvaLimit: u64(1n << 48n),
    readonlyMem: true,
    secondStage: 'tdp',
    // `kvm_handle_guest_abort`: an INVALID slot has no hva, as no slot has (seen).
    invalid: 'hole',
    // `kvm_arch_prepare_memory_region` (arch/arm64/kvm/mmu.c).
    beyondMaxGfn: 'EFAULT',
    // `kvm_handle_guest_abort`: a prefetch abort is injected.
    failedFetch: 'abort',
  },
} as const satisfies Readonly<Record<string, Architecture>>

export type ArchitectureName = keyof typeof ARCHITECTURES
export const ARCHITECTURE_NAMES = Object.keys(ARCHITECTURES) as readonly ArchitectureName[]

/** The parameters that an architecture settles. */
export const parametersOfArchitecture = (name: ArchitectureName): Omit<Architecture, 'pageSize'> => {
  const { pageSize: _, ...parameters } = ARCHITECTURES[name]
  return parameters
}

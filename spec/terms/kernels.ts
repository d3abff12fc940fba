/** What differs between kernels: one line for each fact, with where it was seen in `docs/evidence/real-kvm.md`. */
export interface Kernel {
  /** Whether there is KVM_SET_USER_MEMORY_REGION2; an ioctl that does not exist is ENOTTY (KVM_SET_USER_MEMORY_REGION). */
  readonly region2: boolean
  /** Whether KVM_MEM_GUEST_MEMFD is a flag even of a VM that can make no guest_memfd (KVM_SET_USER_MEMORY_REGION). */
  readonly memfdFlag: boolean
  /** Whether an SMI that cannot save registers goes on, instead of ending the VM (SMM and address space 1). */
  readonly smiGoesOn: boolean
}

/** The kernels that were asked, by the name that `docs/evidence/real-kvm.md` gives them. */
export const KERNELS = {
  '6.1': { region2: false, memfdFlag: false, smiGoesOn: true },
  '6.12': { region2: true, memfdFlag: false, smiGoesOn: false },
  '7.3': { region2: true, memfdFlag: true, smiGoesOn: false },
  pvm: { region2: true, memfdFlag: true, smiGoesOn: false },
} as const satisfies Readonly<Record<string, Kernel>>

/** A kernel by name: a release of Linux as Debian builds it, or the module `kvm_pvm` on 6.18. */
export type KernelName = keyof typeof KERNELS

export const KERNEL_NAMES = Object.keys(KERNELS) as readonly KernelName[]

/** The kernel that is meant where one is needed and none is named. */
export const NEWEST: KernelName = '7.3'

/**
 * Whether the kernel may be one of which `fact` is true. Parameters that name none leave it open: then a fact and its
 * opposite may both be true.
 *
 * @example
 * someKernel(defaultParameters, k => k.region2) // true: 6.12 has it
 * someKernel(defaultParameters, k => !k.region2) // true as well: 6.1 has not
 */
export const someKernel = (
  { kernel }: { readonly kernel?: KernelName },
  fact: (kernel: Kernel) => boolean,
): boolean => (kernel === undefined ? KERNEL_NAMES : [kernel]).some(name => fact(KERNELS[name]))

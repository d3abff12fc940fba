import type { Parameters } from './parameters.js'

/** What the type of a VM settles: the argument of KVM_CREATE_VM, on x86. */
export type OfVmType = Pick<Parameters, 'spaces' | 'readonlyMem' | 'guestMemfd'>

/** `kvm_arch_nr_memslot_as_ids`: no SMM for guests with private memory, which is in guest_memfd. */
const PRIVATE = { spaces: 1, guestMemfd: true } as const
/** `kvm_arch_has_readonly_mem`: none for guests whose registers are hidden, since their writes cannot be emulated. */
const PROTECTED = { readonlyMem: false } as const
const USUAL = { spaces: 2, readonlyMem: true, guestMemfd: false } as const

/**
 * The types of VMs of x86 (`KVM_X86_…_VM`), by `has_private_mem` and `has_protected_state`: `kvm_arch_init_vm`, `svm_vm_init`,
 * `tdx_vm_init`. Read at 6.14.
 */
export const VM_TYPES = {
  default: USUAL,
  'sw-protected': { ...USUAL, ...PRIVATE },
  sev: USUAL,
  'sev-es': { ...USUAL, ...PROTECTED },
  snp: { ...PRIVATE, ...PROTECTED },
  tdx: { ...PRIVATE, ...PROTECTED },
} as const satisfies Readonly<Record<string, OfVmType>>

export type VmTypeName = keyof typeof VM_TYPES
export const VM_TYPE_NAMES = Object.keys(VM_TYPES) as readonly VmTypeName[]

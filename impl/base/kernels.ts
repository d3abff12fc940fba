import { requireOneOf } from './domain.js'

/** Whose processor the VM is thought to run on. */
export type Vendor = 'intel' | 'amd'

/** What a VM does that kernels do differently, as real-kvm.md tells of each. */
export interface KernelWays {
  /** KVM_SET_USER_MEMORY_REGION2 exists. */
  readonly region2: boolean
  /** KVM_MEM_GUEST_MEMFD is a known flag, whether or not the VM can make a guest_memfd. */
  readonly memfdFlag: boolean
  /** guest_memfd is bound as since 7.2: pages bound twice are EEXIST, and offset and size are unsigned. */
  readonly bindsUnsigned: boolean
  /** An SMI that cannot save registers goes on; elsewhere KVM_RUN fails with EIO. */
  readonly smiGoesOn: boolean
  /** Without the exit on emulation failure an instruction that cannot be fetched queues #UD. */
  readonly queuesUndefined: boolean
  /** Below a second stage, where an exception cannot be delivered: KVM_RUN goes on for ever, or exits (DELIVERY_EV). */
  readonly undelivered: { readonly [V in Vendor]: 'never returns' | 'exit' }
}

const EXITS = { intel: 'exit', amd: 'exit' } as const
const EXITS_ON_INTEL = { intel: 'exit', amd: 'never returns' } as const

const WAYS = {
  '6.1': {
    region2: false,
    memfdFlag: false,
    bindsUnsigned: false,
    smiGoesOn: true,
    queuesUndefined: true,
    undelivered: EXITS_ON_INTEL,
  },
  '6.12': {
    region2: true,
    memfdFlag: false,
    bindsUnsigned: false,
    smiGoesOn: false,
    queuesUndefined: true,
    undelivered: EXITS_ON_INTEL,
  },
  '7.3': {
    region2: true,
    memfdFlag: true,
    bindsUnsigned: true,
    smiGoesOn: false,
    queuesUndefined: true,
    undelivered: EXITS_ON_INTEL,
  },
  pvm: {
    region2: true,
    memfdFlag: true,
    bindsUnsigned: false,
    smiGoesOn: false,
    queuesUndefined: false,
    undelivered: EXITS,
  },
} as const satisfies Readonly<Record<string, KernelWays>>

/** A release of Linux, or `pvm`: the module `kvm_pvm` on 6.18. */
export type KernelName = keyof typeof WAYS

/** The ways of a kernel. @throws TypeError, RangeError for one that is not known, naming those that are */
export function waysOf(kernel: KernelName): KernelWays {
  requireOneOf('kernel', kernel, Object.keys(WAYS))
  return WAYS[kernel]
}

import { requireOneOf } from './domain.js'

/** Whose processor the VM is thought to run on. */
export type Vendor = 'intel' | 'amd'

/** What a VM does that kernels do differently, as real-kvm.md tells of each. */
export interface KernelWays {
  /** Guests run with shadow paging, whatever the processor has. */
  readonly shadowOnly: boolean
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
  /** What becomes of a vCPU whose root table is in a hole, by vendor below a second stage, or with shadow paging. */
  readonly rootless: { readonly [T in Vendor | 'shadow']: Rootless }
}

/** How KVM_RUN ends while the root is missing, and what the next entry meets once it is back. */
export interface Rootless {
  readonly end: 'never returns' | 'exit' | 'shutdown'
  /** The #PF that stays queued; nothing; or the same end again, until registers are loaded, or other ones of paging. */
  readonly next: 'fault' | 'nothing' | 'same until loaded' | 'same until other paging'
}

const EXIT_AND_FAULT: Rootless = { end: 'exit', next: 'fault' }
const EXIT_AGAIN: Rootless = { end: 'exit', next: 'same until loaded' }
const SHUTDOWN_AGAIN: Rootless = { end: 'shutdown', next: 'same until loaded' }

const WAYS = {
  '6.1': {
    shadowOnly: false,
    region2: false,
    memfdFlag: false,
    bindsUnsigned: false,
    smiGoesOn: true,
    queuesUndefined: true,
    rootless: {
      intel: EXIT_AGAIN,
      amd: { end: 'never returns', next: 'fault' },
      shadow: { end: 'shutdown', next: 'nothing' },
    },
  },
  '6.12': {
    shadowOnly: false,
    region2: true,
    memfdFlag: false,
    bindsUnsigned: false,
    smiGoesOn: false,
    queuesUndefined: true,
    rootless: { intel: EXIT_AGAIN, amd: { end: 'never returns', next: 'fault' }, shadow: SHUTDOWN_AGAIN },
  },
  '7.3': {
    shadowOnly: false,
    region2: true,
    memfdFlag: true,
    bindsUnsigned: true,
    smiGoesOn: false,
    queuesUndefined: true,
    rootless: {
      intel: EXIT_AND_FAULT,
      amd: { end: 'never returns', next: 'same until loaded' },
      shadow: SHUTDOWN_AGAIN,
    },
  },
  pvm: {
    shadowOnly: true,
    region2: true,
    memfdFlag: true,
    bindsUnsigned: false,
    smiGoesOn: false,
    queuesUndefined: false,
    rootless: {
      intel: EXIT_AND_FAULT,
      amd: EXIT_AND_FAULT,
      shadow: { end: 'shutdown', next: 'same until other paging' },
    },
  },
} as const satisfies Readonly<Record<string, KernelWays>>

/** A release of Linux, or `pvm`: the module `kvm_pvm` on 6.18. */
export type KernelName = keyof typeof WAYS

/** The ways of a kernel. @throws TypeError, RangeError for one that is not known, naming those that are */
export function waysOf(kernel: KernelName): KernelWays {
  requireOneOf('kernel', kernel, Object.keys(WAYS))
  return WAYS[kernel]
}

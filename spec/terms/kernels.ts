/** Whose processor a VM runs on: KVM has a module of its own for Intel's and for AMD's. */
export const VENDORS = ['intel', 'amd'] as const
export type Vendor = (typeof VENDORS)[number]

/**
 * What becomes of a vCPU whose root table is in a hole: how KVM_RUN ends, and what the vCPU meets once the root is back. It
 * `delivers` the #PF that KVM had queued, or `goes on` as if nothing had been; or KVM_RUN ends the same way again, until
 * `events` are cleared, or one of the registers of `paging` is given another value: CR0, CR3, CR4 or EFER.
 */
export interface Rootless {
  readonly ends: 'never returns' | 'exit' | 'shutdown'
  readonly later: 'delivers' | 'goes on' | 'events' | 'paging'
}

const LOOPS: Rootless = { ends: 'never returns', later: 'delivers' }
const LOOPS_ON: Rootless = { ends: 'never returns', later: 'events' }
const EXITS: Rootless = { ends: 'exit', later: 'delivers' }
const EXITS_ON: Rootless = { ends: 'exit', later: 'events' }

/** What differs between kernels: one line for each fact, with where it was seen in `docs/evidence/real-kvm.md`. */
export interface Kernel {
  /** Whether it has shadow paging and no second stage, whatever the processor has (Kernels). */
  readonly shadowOnly: boolean
  /** Whether there is KVM_SET_USER_MEMORY_REGION2; an ioctl that does not exist is ENOTTY (KVM_SET_USER_MEMORY_REGION). */
  readonly region2: boolean
  /** Whether KVM_MEM_GUEST_MEMFD is a flag even of a VM that can make no guest_memfd (KVM_SET_USER_MEMORY_REGION). */
  readonly memfdFlag: boolean
  /**
   * Whether guest_memfd is bound as since 7.2: pages that are bound twice are EEXIST and not EINVAL, and the end in the file is
   * an unsigned number (guest_memfd).
   */
  readonly memfdBinds72: boolean
  /** Whether an SMI that cannot save registers goes on, instead of ending the VM (SMM and address space 1). */
  readonly smiGoesOn: boolean
  /** Whether a fetch from a hole queues #UD where the exit on emulation failure is off (Fetch from a hole). */
  readonly failureQueues: boolean
  /** What may come of a root in a hole, on either vendor's processor and with shadow paging (The root in a hole). */
  readonly rootless: Readonly<Record<Vendor | 'shadow', readonly Rootless[]>>
}

/** The kernels that were asked, by the name that `docs/evidence/real-kvm.md` gives them. */
export const KERNELS = {
  '6.1': {
    shadowOnly: false,
    region2: false,
    memfdFlag: false,
    memfdBinds72: false,
    smiGoesOn: true,
    failureQueues: true,
    rootless: { intel: [EXITS_ON], amd: [LOOPS], shadow: [{ ends: 'shutdown', later: 'goes on' }] },
  },
  '6.12': {
    shadowOnly: false,
    region2: true,
    memfdFlag: false,
    memfdBinds72: false,
    smiGoesOn: false,
    failureQueues: true,
    rootless: { intel: [EXITS_ON], amd: [LOOPS], shadow: [{ ends: 'shutdown', later: 'events' }] },
  },
  '7.3': {
    shadowOnly: false,
    region2: true,
    memfdFlag: true,
    memfdBinds72: true,
    smiGoesOn: false,
    failureQueues: true,
    rootless: {
      intel: [EXITS],
      amd: [LOOPS_ON, EXITS],
      shadow: [{ ends: 'shutdown', later: 'events' }],
    },
  },
  // pvm has no second stage; what it would do is what 6.18 does.
  pvm: {
    shadowOnly: true,
    region2: true,
    memfdFlag: true,
    memfdBinds72: false,
    smiGoesOn: false,
    failureQueues: false,
    rootless: { intel: [EXITS], amd: [EXITS], shadow: [{ ends: 'shutdown', later: 'paging' }] },
  },
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

/** What may come of a root in a hole, on the kernel and the vendor's processor that are named, if they are. */
export const rootlessOn = ({
  kernel,
  vendor,
  secondStage,
}: {
  readonly kernel?: KernelName
  readonly vendor?: Vendor
  readonly secondStage: 'tdp' | 'shadow'
}): readonly Rootless[] => {
  const tables = secondStage === 'shadow' ? (['shadow'] as const) : vendor === undefined ? VENDORS : [vendor]
  const names = kernel === undefined ? KERNEL_NAMES : [kernel]
  const all = names.flatMap(name => tables.flatMap(table => KERNELS[name].rootless[table]))
  return all.filter((one, i) => all.findIndex(o => o.ends === one.ends && o.later === one.later) === i)
}

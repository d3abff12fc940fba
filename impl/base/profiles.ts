/** Options that an architecture or a type of VM stands for. semantics.md, Architectures and Types of VMs, has them in prose. */
export interface Profile {
  readonly spaces?: number
  readonly slotLimit?: number
  readonly maxGfn?: number
  readonly beyondMaxGfn?: 'EINVAL' | 'EFAULT'
  readonly hvaLimit?: bigint
  readonly readonlyMem?: boolean
  readonly guestMemfd?: boolean
  readonly secondStage?: 'tdp' | 'shadow'
  readonly failedFetch?: 'exit' | 'abort'
}

const ARCHES = {
  'x86-tdp': { secondStage: 'tdp' },
  'x86-shadow': { secondStage: 'shadow' },
  arm64: {
    secondStage: 'tdp',
    spaces: 1,
    slotLimit: 0x7fff,
    maxGfn: 0xfff_ffff,
    beyondMaxGfn: 'EFAULT',
    hvaLimit: 0x1_0000_0000_0000n,
    failedFetch: 'abort',
  },
} as const satisfies Readonly<Record<string, Profile>>

/** `KVM_CREATE_VM`'s argument on x86. */
const TYPES = {
  default: {},
  'sw-protected': { spaces: 1, guestMemfd: true },
  sev: {},
  'sev-es': { readonlyMem: false },
  snp: { spaces: 1, guestMemfd: true, readonlyMem: false },
  tdx: { spaces: 1, guestMemfd: true, readonlyMem: false },
} as const satisfies Readonly<Record<string, Profile>>

export type ArchName = keyof typeof ARCHES
export type VmTypeName = keyof typeof TYPES
export const ARCH_NAMES = Object.keys(ARCHES)
export const VM_TYPE_NAMES = Object.keys(TYPES)

/** The options that both stand for; those of the type count. */
export function optionsOf(arch: ArchName | undefined, type: VmTypeName | undefined): Profile {
  return { ...(arch === undefined ? {} : ARCHES[arch]), ...(type === undefined ? {} : TYPES[type]) }
}

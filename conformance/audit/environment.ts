import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { u64 } from '../../spec/terms/numbers.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { AuditOptions } from './options.js'
import { CAP } from './recording/kvm-requests.js'
import type { CheckExtension, OtherCall } from './recording/record.js'

/** What KVM_CHECK_EXTENSION answered; null where it was not asked, or its answer not recorded. */
export interface Capabilities {
  /** KVM_CAP_MULTI_ADDRESS_SPACE. */
  readonly spaces: number | null
  /** KVM_CAP_NR_MEMSLOTS. */
  readonly slots: number | null
  /** KVM_CAP_READONLY_MEM. */
  readonly readonlyMem: boolean | null
}

export const nothingAsked: Capabilities = { spaces: null, slots: null, readonlyMem: null }

/** The capabilities with what an answer adds. */
export const learn = (known: Capabilities, { cap, outcome }: CheckExtension): Capabilities => {
  if (outcome.is !== 'value') return known
  switch (cap) {
    case CAP.MULTI_ADDRESS_SPACE:
      return { ...known, spaces: Math.max(1, outcome.value) } // 0: the capability is absent
    case CAP.NR_MEMSLOTS:
      return { ...known, slots: outcome.value }
    case CAP.READONLY_MEM:
      return { ...known, readonlyMem: outcome.value !== 0 }
    default:
      return known
  }
}

/** What decides, besides its slots, what a VM answers. */
export interface Environment {
  readonly options: AuditOptions
  /** The argument of KVM_CREATE_VM; null where not recorded. */
  readonly type: number | null
  /** What /dev/kvm says, which need not be true of this VM, and what the VM says. */
  readonly ofHost: Capabilities
  readonly ofVm: Capabilities
  /** Where KVM_SET_TSS_ADDR put the TSS; null: not recorded. */
  readonly tss: bigint | null
  /** Where the identity map will be: once KVM_SET_IDENTITY_MAP_ADDR was called no line tells, for strace and QEMU print a pointer. */
  readonly identityMap: 'default' | 'not told'
  readonly irqchip: boolean
  readonly hasVcpu: boolean
}

/** The environment with what a call on the VM adds. */
export const heed = (environment: Environment, { name, argument, outcome }: OtherCall): Environment => {
  if (outcome.is === 'error') return environment
  switch (name) {
    case 'KVM_SET_TSS_ADDR':
      return { ...environment, tss: argument }
    case 'KVM_SET_IDENTITY_MAP_ADDR':
      return { ...environment, identityMap: 'not told' }
    case 'KVM_CREATE_IRQCHIP':
      return { ...environment, irqchip: true }
    default:
      return environment
  }
}

/** What is true of a VM: its own answer, or the host's where every VM is like that. */
export const capabilitiesOf = ({ ofHost, ofVm, type }: Environment): Capabilities => {
  const host = type === null || type === 0 ? ofHost : nothingAsked
  return {
    spaces: ofVm.spaces ?? host.spaces,
    slots: ofVm.slots ?? ofHost.slots,
    readonlyMem: ofVm.readonlyMem ?? host.readonlyMem,
  }
}

/** More address spaces than any Linux has: used where their number is not recorded. */
const MANY_SPACES = 16
/** The most bits of a guest-physical address that the checks of x86 and arm64 let through, and those of others. */
const MAX_PHYS_BITS = 52
const WIDE_PHYS_BITS = 64
/** Where user space ends: x86 with four levels of tables, and other architectures at the most. */
const HVA_LIMIT = 0x7ffffffff000n
const WIDE_HVA_LIMIT = 1n << 56n

const isX86 = ({ options }: Environment): boolean => options.arch === null || options.arch === 'x86'

const physBitsOf = ({ options: { physBits, arch } }: Environment): number =>
  physBits ?? (arch === null || arch === 'x86' || arch === 'arm64' ? MAX_PHYS_BITS : WIDE_PHYS_BITS)

/** A VM as KVM_CREATE_VM leaves it, under profile `linux`. */
export const newMachine = (environment: Environment): Cells => {
  const { spaces, slots, readonlyMem } = capabilitiesOf(environment)
  return initialMachine({
    ...defaultParameters,
    profile: 'linux',
    spaces: spaces ?? MANY_SPACES,
    slotLimit: slots ?? defaultParameters.slotLimit,
    readonlyMem: readonlyMem ?? true,
    guestMemfd: true,
    hvaLimit: u64(isX86(environment) ? HVA_LIMIT : WIDE_HVA_LIMIT),
    maxGfn: 2 ** (physBitsOf(environment) - 12) - 1,
    allocations: 'may fail',
  })
}

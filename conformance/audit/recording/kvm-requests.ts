/**
 * KVM's ioctls by the 16 low bits of their request number, `0xae` and the call's own number
 * (include/uapi/linux/kvm.h). Only those that mean something here have a name; numbers used twice are told apart by
 * what they are called on.
 */
const REQUESTS: ReadonlyMap<number, string> = new Map([
  [0x00, 'KVM_GET_API_VERSION'],
  [0x01, 'KVM_CREATE_VM'],
  [0x02, 'KVM_GET_MSR_INDEX_LIST'],
  [0x03, 'KVM_CHECK_EXTENSION'],
  [0x04, 'KVM_GET_VCPU_MMAP_SIZE'],
  [0x05, 'KVM_GET_SUPPORTED_CPUID'],
  [0x09, 'KVM_GET_EMULATED_CPUID'],
  [0x0a, 'KVM_GET_MSR_FEATURE_INDEX_LIST'],
  [0x40, 'KVM_SET_MEMORY_REGION'],
  [0x41, 'KVM_CREATE_VCPU'],
  [0x42, 'KVM_GET_DIRTY_LOG'],
  [0x44, 'KVM_SET_NR_MMU_PAGES'],
  [0x45, 'KVM_GET_NR_MMU_PAGES'],
  [0x46, 'KVM_SET_USER_MEMORY_REGION'],
  [0x47, 'KVM_SET_TSS_ADDR'],
  [0x48, 'KVM_SET_IDENTITY_MAP_ADDR'],
  [0x49, 'KVM_SET_USER_MEMORY_REGION2'],
  [0x60, 'KVM_CREATE_IRQCHIP'],
  [0x61, 'KVM_IRQ_LINE'],
  [0x62, 'KVM_GET_IRQCHIP'],
  [0x63, 'KVM_SET_IRQCHIP'],
  [0x64, 'KVM_CREATE_PIT'],
  [0x65, 'KVM_GET_PIT'],
  [0x66, 'KVM_SET_PIT'],
  [0x67, 'KVM_REGISTER_COALESCED_MMIO'],
  [0x68, 'KVM_UNREGISTER_COALESCED_MMIO'],
  [0x6a, 'KVM_SET_GSI_ROUTING'],
  [0x71, 'KVM_REINJECT_CONTROL'],
  [0x76, 'KVM_IRQFD'],
  [0x77, 'KVM_CREATE_PIT2'],
  [0x78, 'KVM_SET_BOOT_CPU_ID'],
  [0x79, 'KVM_IOEVENTFD'],
  [0x7b, 'KVM_SET_CLOCK'],
  [0x7c, 'KVM_GET_CLOCK'],
  [0x80, 'KVM_RUN'],
  [0x9f, 'KVM_GET_PIT2'],
  [0xa0, 'KVM_SET_PIT2'],
  [0xa3, 'KVM_ENABLE_CAP'],
  [0xb2, 'KVM_SET_PMU_EVENT_FILTER'],
  [0xc0, 'KVM_CLEAR_DIRTY_LOG'],
  [0xc6, 'KVM_X86_SET_MSR_FILTER'],
  [0xc7, 'KVM_RESET_DIRTY_RINGS'],
  [0xd2, 'KVM_SET_MEMORY_ATTRIBUTES'],
  [0xd4, 'KVM_CREATE_GUEST_MEMFD'],
  [0xe0, 'KVM_CREATE_DEVICE'],
])

/** `KVM_CHECK_EXTENSION` on a coalesced zone has the number of another call with another direction: see `request`. */
const LINE_STATUS = 0xc008ae67

/** The name of a request number; null where it is none of KVM's. */
export const requestName = (request: number): string | null => {
  if ((request & 0xff00) !== 0xae00) return null
  if (request === LINE_STATUS) return 'KVM_IRQ_LINE_STATUS'
  return REQUESTS.get(request & 0xff) ?? `KVM request 0x${(request >>> 0).toString(16)}`
}

/** Ioctls that only /dev/kvm answers: a descriptor they succeed on is no VM. */
export const ON_DEV_KVM: ReadonlySet<string> = new Set([
  'KVM_GET_API_VERSION',
  'KVM_CREATE_VM',
  'KVM_GET_MSR_INDEX_LIST',
  'KVM_GET_VCPU_MMAP_SIZE',
  'KVM_GET_SUPPORTED_CPUID',
  'KVM_GET_EMULATED_CPUID',
  'KVM_GET_MSR_FEATURE_INDEX_LIST',
])

/** Ioctls that only a VM's descriptor answers: met on an unknown one, they show that it is a VM. */
export const ON_A_VM: ReadonlySet<string> = new Set([
  'KVM_SET_USER_MEMORY_REGION',
  'KVM_SET_USER_MEMORY_REGION2',
  'KVM_GET_DIRTY_LOG',
  'KVM_CLEAR_DIRTY_LOG',
  'KVM_CREATE_VCPU',
  'KVM_SET_TSS_ADDR',
  'KVM_SET_IDENTITY_MAP_ADDR',
  'KVM_CREATE_IRQCHIP',
  'KVM_RESET_DIRTY_RINGS',
  'KVM_SET_MEMORY_ATTRIBUTES',
  'KVM_CREATE_GUEST_MEMFD',
])

/**
 * Further ioctls that only a VM's descriptor answers. vCPU threads make them too, so that of a known descriptor they show
 * nothing.
 */
export const ON_A_VM_TOO: ReadonlySet<string> = new Set([
  'KVM_SET_MEMORY_REGION',
  'KVM_SET_NR_MMU_PAGES',
  'KVM_GET_NR_MMU_PAGES',
  'KVM_IRQ_LINE',
  'KVM_IRQ_LINE_STATUS',
  'KVM_GET_IRQCHIP',
  'KVM_SET_IRQCHIP',
  'KVM_CREATE_PIT',
  'KVM_CREATE_PIT2',
  'KVM_GET_PIT',
  'KVM_SET_PIT',
  'KVM_GET_PIT2',
  'KVM_SET_PIT2',
  'KVM_SET_GSI_ROUTING',
  'KVM_SIGNAL_MSI',
  'KVM_IRQFD',
  'KVM_IOEVENTFD',
  'KVM_REGISTER_COALESCED_MMIO',
  'KVM_UNREGISTER_COALESCED_MMIO',
  'KVM_SET_CLOCK',
  'KVM_GET_CLOCK',
  'KVM_SET_BOOT_CPU_ID',
  'KVM_REINJECT_CONTROL',
  'KVM_SET_PMU_EVENT_FILTER',
  'KVM_X86_SET_MSR_FILTER',
  'KVM_CREATE_DEVICE',
])

/** Capabilities that say something of memory slots, by number (include/uapi/linux/kvm.h). */
export const CAP = {
  NR_MEMSLOTS: 10,
  READONLY_MEM: 81,
  MULTI_ADDRESS_SPACE: 118,
} as const

const CAP_NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries(CAP).map(([name, number]) => [`KVM_CAP_${name}`, number]),
)

/** The number of a capability that was recorded by name or by number; -1 for one that means nothing here. */
export const capNumber = (text: string): number => {
  const plain = text.replace(/\s*\/\*.*/, '').trim()
  return CAP_NAMES.get(plain) ?? (/^(?:0x[0-9a-f]+|\d+)$/i.test(plain) ? Number(plain) : -1)
}

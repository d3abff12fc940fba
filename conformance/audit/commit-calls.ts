/**
 * Ioctls on a VM that a VMM makes while it commits one change of its memory map. Any other call of the same thread on
 * the VM shows that the commit is over.
 */
const COMMIT_CALLS: ReadonlySet<string> = new Set([
  'KVM_SET_USER_MEMORY_REGION',
  'KVM_SET_USER_MEMORY_REGION2',
  'KVM_SET_MEMORY_REGION',
  'KVM_GET_DIRTY_LOG',
  'KVM_CLEAR_DIRTY_LOG',
  'KVM_RESET_DIRTY_RINGS',
  'KVM_IOEVENTFD',
  'KVM_IRQFD',
  'KVM_REGISTER_COALESCED_MMIO',
  'KVM_UNREGISTER_COALESCED_MMIO',
  'KVM_SET_MEMORY_ATTRIBUTES',
])

export const isOfCommit = (name: string): boolean => COMMIT_CALLS.has(name)

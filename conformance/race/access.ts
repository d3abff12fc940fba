/** What a vCPU does in a loop. `walk`: it reads elsewhere, by a table that is in the slot. */
export const ACCESSES = ['read', 'write', 'fetch', 'walk'] as const
export type Access = (typeof ACCESSES)[number]

/** Who makes the access: the processor, or KVM's emulator. */
export const PATHS = ['hardware', 'emulator'] as const
export type Path = (typeof PATHS)[number]

/** How a KVM_RUN came back, or what the guest was made to take. Whatever is not named in words is an outcome of its own. */
export type Outcome = 'mmio' | 'failed fetch' | 'page fault' | 'invalid opcode' | (string & {})

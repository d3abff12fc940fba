/** What the thread of a vCPU is given to run. Addresses are of this process, which its threads share. */
export interface VcpuJob {
  readonly vcpu: number
  readonly runAddress: number
  readonly runBytes: number
  /** `struct kvm_sregs` and `struct kvm_regs`, which it loads at first and after whatever ends a loop. */
  readonly system: Uint8Array
  readonly general: Uint8Array
  readonly cpu: number
  /** Word 0: 1 tells it to stop. Word 1: how often KVM_RUN came back with something. */
  readonly board: SharedArrayBuffer
}

export const STOP = 0
export const SEEN = 1

/** What the thread says at the end: what was seen, and how often. */
export interface VcpuReport {
  readonly outcomes: Readonly<Record<string, number>>
}

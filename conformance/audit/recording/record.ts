/** A VM of the recording, numbered from 1 in the order in which they were met. */
export type VmId = number

/** How a call ended. `unknown`: the recording does not hold it (cut short, thread killed, field not traced). */
export type Outcome =
  | { readonly is: 'value'; readonly value: number }
  | { readonly is: 'error'; readonly errno: string }
  | { readonly is: 'unknown' }

/** A slot as calls name it: Linux packs both into one word, `as << 16 | id`. */
export interface SlotName {
  readonly as: number
  readonly id: number
}

/** The argument of KVM_SET_USER_MEMORY_REGION as recorded, before any check. Addresses and sizes in bytes. */
export interface RecordedRegion extends SlotName {
  /** The flags word: 1 KVM_MEM_LOG_DIRTY_PAGES, 2 KVM_MEM_READONLY, 4 KVM_MEM_GUEST_MEMFD. */
  readonly flags: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
  /** The guest_memfd and the offset in it, where the second ioctl was recorded with them. */
  readonly guestMemfd?: { readonly fd: number; readonly offset: bigint }
}

/** What stands on a line, or on two: where, when and by whom. */
export interface Recorded {
  /** The 1-based line on which the call began; with several files, its number in the order of time. */
  readonly line: number
  /** The line on which it ended: the same, or that of its `resumed`. */
  readonly endLine: number
  /** The thread; null where the recording does not name threads. */
  readonly tid: number | null
  /** Seconds, as recorded, at which the call began and ended; null where the recording does not hold them. */
  readonly from: number | null
  readonly to: number | null
  /** The caller above the ioctl wrapper, innermost first, where stacks were recorded (`strace -k`). */
  readonly stack?: readonly string[]
}

/** A VM appears: created within the recording, or met with its past unrecorded. */
export interface VmBegins extends Recorded {
  readonly kind: 'vm-begins'
  readonly vm: VmId
  readonly fd: number | null
  readonly how: 'created' | 'met'
  /** The argument of KVM_CREATE_VM; null where not recorded. */
  readonly type: number | null
  /** VMs now known to be gone: the file descriptor was given out again, or their process had ended. */
  readonly replaces: readonly VmId[]
}

/** A call that does not end on its own line has begun. Its record follows when it ends. */
export interface CallBegins extends Recorded {
  readonly kind: 'begins'
  readonly call: 'run' | 'set' | 'other'
  readonly vm: VmId | null
}

export interface SetRegion extends Recorded {
  readonly kind: 'set'
  readonly vm: VmId
  /** Which of the two ioctls; null where the recording does not say. */
  readonly ioctl: 1 | 2 | null
  /** Null where only a pointer was recorded, or where the line could not be read. */
  readonly region: RecordedRegion | null
  /** The slot, where that much is known of a region that is not. */
  readonly slot: SlotName | null
  /** Where a delete began that QEMU made just before and did not write. */
  readonly hidden?: { readonly line: number; readonly at: number | null }
  readonly outcome: Outcome
}

/** A memslot call on one of several VMs: which, is not known. */
export interface MaySet extends Recorded {
  readonly kind: 'may-set'
  readonly vms: readonly VmId[]
  readonly slot: SlotName | null
  readonly outcome: Outcome
}

/** Somebody left lines out here, and marked the place. */
export interface LeftOut extends Recorded {
  readonly kind: 'left-out'
}

/** KVM_GET_DIRTY_LOG. strace prints a pointer only, so that the slot is unknown. */
export interface GetDirty extends Recorded {
  readonly kind: 'get-dirty'
  readonly vm: VmId
  readonly outcome: Outcome
}

export interface ClearDirty extends Recorded {
  readonly kind: 'clear-dirty'
  readonly vm: VmId
  readonly outcome: Outcome
}

/** How the end of a KVM_RUN is known. */
export type RunEnd =
  /** A line was written when it returned. */
  | 'line'
  /** Its duration was recorded. */
  | 'duration'
  /** One line stands for all of it: it had ended before the next line only if lines interleave. */
  | 'whole line'
  /** By the thread's next line at the latest. */
  | 'next line'
  /** The recording, or the thread, ended while it was inside. */
  | 'never'
  /** Not recorded. */
  | 'unknown'

/** What KVM_RUN exited with, where that was recorded and says that memory was missing. */
export type RunExit = 'mmio' | 'internal error'

/** A KVM_RUN that ended. `vm` is null where it is not known whose vCPU it is. */
export interface Run extends Recorded {
  readonly kind: 'run'
  readonly vm: VmId | null
  /** Which vCPU, by a number that is its own within the VM; null where not recorded. */
  readonly vcpu: number | null
  readonly end: RunEnd
  readonly exit: RunExit | null
  readonly outcome: Outcome
}

export interface CreateVcpu extends Recorded {
  readonly kind: 'create-vcpu'
  readonly vm: VmId
  /** The number that its runs carry. */
  readonly vcpu: number | null
  /** Its id within the VM, the argument of the call; null where not recorded. */
  readonly id: number | null
  readonly outcome: Outcome
}

/** KVM_CHECK_EXTENSION: what the kernel says of itself, on /dev/kvm (`vm` null) or on a VM. */
export interface CheckExtension extends Recorded {
  readonly kind: 'check-extension'
  readonly vm: VmId | null
  /** The number of the capability. */
  readonly cap: number
  readonly outcome: Outcome
}

/** Any other ioctl on a VM or one of its vCPUs. */
export interface OtherCall extends Recorded {
  readonly kind: 'other'
  readonly vm: VmId | null
  readonly name: string
  /** Its argument as a number, where it is one. */
  readonly argument: bigint | null
  readonly outcome: Outcome
}

/** A system call in which a thread waits. */
export interface Waits extends Recorded {
  readonly kind: 'waits'
  /** A futex may be a lock that is free: only one that blocked for long is a wait. */
  readonly how: 'waits' | 'futex'
}

/** QEMU's own words about a call that failed: no host address, no flags. */
export interface FailedCall extends Recorded {
  readonly kind: 'failed'
  readonly vm: VmId
  readonly slot: SlotName
  readonly gpa: bigint
  readonly size: bigint
  readonly errno: string
}

/** What importers make known, in the order of the lines on which things became known. */
export type RecordedCall =
  | VmBegins
  | CallBegins
  | SetRegion
  | MaySet
  | LeftOut
  | GetDirty
  | ClearDirty
  | Run
  | CreateVcpu
  | CheckExtension
  | OtherCall
  | Waits
  | FailedCall

export const slotName = (word: number): SlotName => ({ as: (word >>> 16) & 0xffff, id: word & 0xffff })

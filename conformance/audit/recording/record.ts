import type { RecordingFormat } from './summary.js'

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
}

interface Recorded {
  /** The 1-based line on which the call began. */
  readonly line: number
  /** The line on which it ended: the same, or that of its `resumed`. */
  readonly endLine: number
  /** The thread; null where the recording does not name threads. */
  readonly tid: number | null
  /** Seconds, as recorded, at which the call began and ended; null where the recording does not hold them. */
  readonly from: number | null
  readonly to: number | null
}

/** A VM appears: created within the recording, or met with its past unrecorded. */
export interface VmBegins extends Recorded {
  readonly what: 'vm-begins'
  readonly vm: VmId
  readonly fd: number | null
  readonly how: 'created' | 'met'
  readonly source: RecordingFormat
  /** VMs now known to be gone: the file descriptor was given out again, or their process had ended. */
  readonly replaces: readonly VmId[]
}

/** A call that does not end on its own line has begun. Its record follows when it ends. */
export interface CallBegins extends Recorded {
  readonly what: 'begins'
  readonly call: 'run' | 'set' | 'other'
  readonly vm: VmId | null
}

export interface SetRegion extends Recorded {
  readonly what: 'set'
  readonly vm: VmId
  readonly ioctl: 1 | 2
  /** Null where only a pointer was recorded. */
  readonly region: RecordedRegion | null
  readonly outcome: Outcome
}

/** KVM_GET_DIRTY_LOG. strace prints a pointer only, so that the slot is unknown. */
export interface GetDirty extends Recorded {
  readonly what: 'get-dirty'
  readonly vm: VmId
  readonly slot: SlotName | null
  readonly outcome: Outcome
}

export interface ClearDirty extends Recorded {
  readonly what: 'clear-dirty'
  readonly vm: VmId
  readonly slot: SlotName | null
  readonly outcome: Outcome
}

/** A KVM_RUN that ended. `vm` is null where the vCPU's creation was not recorded. */
export interface Run extends Recorded {
  readonly what: 'run'
  readonly vm: VmId | null
  readonly outcome: Outcome
}

export interface CreateVcpu extends Recorded {
  readonly what: 'create-vcpu'
  readonly vm: VmId
  readonly vcpu: number | null
  readonly outcome: Outcome
}

export interface EnableCap extends Recorded {
  readonly what: 'enable-cap'
  readonly vm: VmId
  readonly outcome: Outcome
}

/** KVM_CHECK_EXTENSION: what the kernel says of itself, on /dev/kvm (`vm` null) or on a VM. */
export interface CheckExtension extends Recorded {
  readonly what: 'check-extension'
  readonly vm: VmId | null
  readonly cap: string
  readonly outcome: Outcome
}

export interface OtherCall extends Recorded {
  readonly what: 'other'
  readonly vm: VmId | null
  readonly name: string
  readonly outcome: Outcome
}

/** What importers yield, in the order of the lines on which things became known. */
export type RecordedCall =
  | VmBegins
  | CallBegins
  | SetRegion
  | GetDirty
  | ClearDirty
  | Run
  | CreateVcpu
  | EnableCap
  | CheckExtension
  | OtherCall

export const slotName = (word: number): SlotName => ({ as: word >>> 16, id: word & 0xffff })

export const succeeded = (outcome: Outcome): boolean => outcome.is === 'value'

/** What goes into and comes out of the calls of a VM. u64 quantities are `bigint`, in bytes. */

/** The errors a call can end with; names as in errno(3). */
export type Errno =
  | 'EIO'
  | 'EINTR'
  | 'EFAULT'
  | 'EINVAL'
  | 'EEXIST'
  | 'ENOMEM'
  | 'ENOENT'
  | 'ENXIO'
  | 'E2BIG'
  | 'ENOSPC'
  | 'ESTALE'

/** Pages as ascending, maximal runs `[first, count]`. */
export type Ranges = [first: number, count: number][]

/** Pages as runs in any order; runs may touch or overlap. */
export type AnyRanges = readonly (readonly [first: number, count: number])[]

/** What goes wrong around a call, so that its errors can be provoked. */
export interface Failure {
  /** `stranger`: the caller is another process than the VM's creator. EIO, before anything else. */
  readonly caller?: 'stranger' | undefined
  /** `bad`: the argument struct cannot be read. EFAULT, before any check of its contents. */
  readonly argument?: 'bad' | undefined
  /** `bad`: the log bitmap's pointer cannot be written (GET) or read (CLEAR). EFAULT where Linux copies it. */
  readonly bitmap?: 'bad' | undefined
  /** `bad`: the result space of a batch cannot be written. EFAULT in stage 4. */
  readonly result?: 'bad' | undefined
  /** ENOMEM. `early`: of slot objects, before anything happened. `late`: of a bitmap or of arch metadata, after a
   * MOVE has invalidated its slot. */
  readonly allocation?: 'early' | 'late' | undefined
}

/** A refused call. */
export interface Refused {
  readonly errno: Errno
}

/** A call's end: an errno, or the generation of the space concerned (space 0 for calls that name none). */
export type Outcome = Refused | { readonly generation: number }

/** KVM_SET_USER_MEMORY_REGION (`ioctl` 1, the default) or …REGION2 (`ioctl` 2). Size 0 deletes. */
export interface RegionCall {
  readonly as: number
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
  readonly flags: number
  readonly ioctl?: 1 | 2 | undefined
}

/** One entry of a batch: set slot `id` to a region, or remove it (then the other fields are zero). */
export interface Entry {
  readonly do: 'set' | 'remove'
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
  readonly flags: number
  /** The entry's reserved bytes as one number; must be 0. */
  readonly reserved?: bigint | undefined
}

/** Header flag of a batch: retired dirty bits are wanted, not only counted (SEMANTICS §2). */
export const HARVEST = 1

/** A batch (SEMANTICS §2): the set of space `as` becomes itself overridden by the entries, at once. */
export interface BatchCall {
  readonly as: number
  readonly flags: number
  readonly reserved?: bigint | undefined
  /** Bytes of result space; 0 means that no records are wanted. */
  readonly resultSize: bigint
  readonly entries: readonly Entry[]
}

/** The dirty pages of a slot of the old set that no page of the new set continues. `base` and `npages` are the old slot's. */
export interface Retired {
  readonly id: number
  readonly base: number
  readonly npages: number
  /** How many retired pages were dirty; at least 1. */
  readonly count: number
  /** Which, relative to the old slot; only with HARVEST. */
  readonly pages?: Ranges
}

/** A refused batch: `index` is a position on the wire, −1 for header, copy-in and allocation; `bound` in bytes with ENOSPC. */
export interface BatchRefused extends Refused {
  readonly index: number
  readonly bound?: bigint
}

/** A batch's end; `retiredCount` (dirty pages in total) answers a call that wanted no records. */
export type BatchOutcome =
  | BatchRefused
  | { readonly generation: number; readonly retired: Retired[] }
  | { readonly generation: number; readonly retiredCount: number }

/** KVM_GET_DIRTY_LOG. */
export interface GetLogCall {
  readonly as: number
  readonly id: number
}

/** A log: dirty pages relative to the slot, the space's generation, and the bytes Linux writes for it. */
export type GetLogOutcome =
  | Refused
  | { readonly pages: Ranges; readonly generation: number; readonly bytes: number }

/** KVM_CLEAR_DIRTY_LOG. The bitmap has `count` bits for pages `first`…; `pages` names those set, relative to the *slot*. */
export interface ClearLogCall {
  readonly as: number
  readonly id: number
  readonly first: bigint
  readonly count: number
  readonly pages: AnyRanges
  /** The generation that GET returned, to be told (ESTALE) if the slot has changed place since. */
  readonly generation?: number | undefined
}

/** KVM_ENABLE_CAP on a VM. */
export interface CapCall {
  readonly cap: 'manual-dirty-log-protect2' | 'dirty-log-ring'
  readonly flags: number
  readonly args: readonly bigint[]
}

/** KVM's own creation of an internal slot, e.g. by KVM_SET_TSS_ADDR. */
export interface InternalSlotCall {
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
}

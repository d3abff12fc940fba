import type { Micro } from './script.js'
import type { Backing, StepSet, StepSlot } from './slots.js'

/** How an access to an INVALID slot ends, by path. Other architectures do not retry at all. */
export type Invalid = 'retry' | 'hole'

/** How vCPUs and userspace behave under a design or variant. */
export interface Behaviour {
  readonly invalid: { readonly data: Invalid; readonly fetch: Invalid }
  /** Faults wait inside the hypervisor; without it they are retried by re-entering the guest, and keep no state. */
  readonly waits?: 'inside'
  /**
   * How the processor's writes are marked; without it after their data. `first`: when permission to write is given, and a
   * harvest takes it back. `buffered`: the frame is noted, and its slot resolved when the buffer is flushed. What KVM
   * emulates is marked after its data in any case.
   */
  readonly marks?: 'first' | 'buffered'
  /** What KVM emulates keeps one read side for all that it looks up. */
  readonly sections?: true
  /** A failed fetch goes to userspace, which retries: `always`, or while an update is in progress. */
  readonly fetchExit: 'no' | 'always' | 'during update'
  /** The unit of drain, retry and commit is the whole fetch, not each of its accesses. */
  readonly fetchAtomic: boolean
  /** Shadow paging: the walk of a fetch through a table ends in a translation derived from it, which serves later fetches without a walk. */
  readonly shadow?: true
  /** Whether there are vCPU-local caches of translations. */
  readonly caches: boolean
  /** Whether vCPUs remember holes, for as long as the same set is published. */
  readonly absences?: true
}

/** Everything about a run that does not change while it runs: the update, and what each vCPU may do. */
export interface World {
  readonly frames: number
  readonly before: readonly StepSlot[]
  readonly after: readonly StepSlot[]
  readonly script: readonly Micro[]
  /** Where the script begins; the steps before it are those of failures. */
  readonly start: number
  readonly behaviour: Behaviour
  /** What the frames of space 0 map to before and after. */
  readonly old: readonly (Backing | null)[]
  readonly new: readonly (Backing | null)[]
  /** Frames whose class is neither kept nor an unchanged hole, and that differ in more than LOG. */
  readonly changed: readonly boolean[]
  /** Frames that the update owes: for every access, or for writes. */
  readonly owed: readonly ('all' | 'writes' | 'no')[]
  /** Pairs of frames of a slot that moves: its old frame and its new one. */
  readonly moves: readonly (readonly [from: number, to: number])[]
  /** How many bitmaps there are in all. */
  readonly logs: number
  /** The set of the other address space, which no update here concerns; its bitmap, if it has one, is the last. */
  readonly other: StepSet
  /** How many accesses a vCPU makes at most, and how many harvests are made. */
  readonly accesses: number
  readonly harvests: number
  /** What vCPUs do. The frames of a fetch are those that a walk of the tables looks up. */
  readonly menu: readonly Want[]
}

/** `rmw`: atomic. `ad-update`: the second half of a walk, which sets bits in a table. Both are of write class. */
export type AccessKind = 'read' | 'write' | 'fetch' | 'rmw' | 'ad-update'

/** An access a vCPU may choose to make: its frames are looked up one after the other. */
export interface Want {
  readonly kind: AccessKind
  readonly frames: readonly number[]
  /** It crosses pages: no byte is stored until translations of all are held, taken under one set. */
  readonly together?: true
  /** KVM makes it for the guest: it looks up slots, and neither uses nor installs cached translations. */
  readonly emulated?: true
  /**
   * The kernel makes it for itself, and no vCPU in KVM_RUN (an ioctl, an event it delivers): nothing keeps it out, no gate stops it,
   * and it never waits. At a blocked page it `defers` (EAGAIN), or does `neither` and ends as at a hole (EFAULT).
   */
  readonly kernel?: 'defers' | 'neither'
  /** How an atomic operation goes on whose load ended as an exit: by a write that looks up again. */
  readonly store?: Want
  /** It is the rest of an instruction that has had an effect already. */
  readonly begun?: true
}

/** Whether an access needs permission to write. */
export const isOfWriteClass = (want: Want | null): boolean =>
  want !== null && want.kind !== 'read' && want.kind !== 'fetch'

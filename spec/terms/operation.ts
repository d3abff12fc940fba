import type { HostRights } from './host.js'
import type { Bytes } from './memory.js'
import type { U64 } from './numbers.js'
import type { Run } from './page-set.js'
import type { RegisterImage } from './paging/registers.js'

/** A region as userspace describes it, before any check: `gpa`, `size` and `hva` in bytes, `flags` as in `LOG`, `RO` and `GUEST_MEMFD`. */
export interface Region {
  readonly id: number
  readonly gpa: U64
  readonly size: U64
  readonly hva: U64
  readonly flags: number
}

/** Circumstances of a call that make it fail before, or in the middle of, what it asks for. */
export interface Mishaps {
  /** The caller is another process than the VM's creator (EIO). */
  readonly caller?: 'stranger'
  /** The argument cannot be read (EFAULT). */
  readonly argument?: 'bad'
  /** An allocation fails: `early`, before anything happened; `late`, that of a bitmap or of metadata. */
  readonly allocation?: 'early' | 'late'
}

/** The last fields of REGION2: whose descriptor is given, and the offset in that file, in bytes. */
export interface MemfdField {
  /**
   * A file of the VM by the number that `create-guest-memfd` gave it; a number that it gave to none is no open descriptor.
   * `other`: an open file that is no guest_memfd of this VM, such as another VM's.
   */
  readonly file: number | 'other'
  readonly offset: U64
}

/** `KVM_SET_USER_MEMORY_REGION`, or `…_REGION2` where `ioctl` is 2. Linux packs space and id into one word. */
export interface SetCall extends Region, Mishaps {
  readonly op: 'set'
  readonly as: number
  readonly ioctl?: 1 | 2
  /** Looked at where `flags` has GUEST_MEMFD. Without it the slot has a file of its own, if the VM can make one. */
  readonly memfd?: MemfdField
}

/** `KVM_CREATE_GUEST_MEMFD`, without flags: a file of `size` bytes, known by the number `file` from now on. */
export interface CreateGuestMemfdCall {
  readonly op: 'create-guest-memfd'
  readonly file: number
  readonly size: U64
}

/** An entry on the wire. A removal carries zeros in every field but the id. */
export interface BatchEntry extends Region {
  readonly do: 'set' | 'remove'
  readonly reserved?: U64
}

/** The only flag of a batch's header: the retired bits are wanted, not only their count. */
export const HARVEST = 1

/** The batch: all its entries change one space as one update, or nothing does. See docs/semantics.md, 2. The batch. */
export interface BatchCall extends Mishaps {
  readonly op: 'batch'
  readonly as: number
  readonly flags: number
  readonly reserved?: U64
  /** Bytes of result space; 0 means that no records are wanted. */
  readonly resultSize: U64
  /** The result space cannot be written (EFAULT). */
  readonly result?: 'bad'
  readonly entries: readonly BatchEntry[]
}

/** `KVM_GET_DIRTY_LOG` of one slot. */
export interface GetDirtyCall extends Mishaps {
  readonly op: 'get-dirty'
  readonly as: number
  readonly id: number
  /** The bitmap cannot be written (EFAULT, and without manual protect the bits are lost). */
  readonly bitmap?: 'bad'
}

/** `KVM_CLEAR_DIRTY_LOG`: clears bits of `count` pages from page `first` of a slot on. */
export interface ClearDirtyCall extends Mishaps {
  readonly op: 'clear-dirty'
  readonly as: number
  readonly id: number
  readonly first: U64
  readonly count: number
  /** The bits given, as pages of the slot; bits beyond `count` are padding of the last word. */
  readonly pages: readonly Run[]
  /** Refuse if the slot was replaced since (profile `batch`). */
  readonly generation?: number
  /** The bitmap cannot be read (EFAULT). */
  readonly bitmap?: 'bad'
}

/**
 * `KVM_ENABLE_CAP` of manual dirty log protection (`args[0]`: 0, 1 or 3) or of the dirty ring (`args[0]`: its bytes).
 */
export interface EnableCapCall {
  readonly op: 'enable-cap'
  readonly cap: 'manual-dirty-log-protect2' | 'dirty-log-ring'
  readonly flags: number
  readonly args: readonly U64[]
}

/** The hypervisor itself creates a slot, in every address space (`__x86_set_memory_region`). */
export interface InternalSlotCall {
  readonly op: 'internal-slot'
  readonly id: number
  readonly gpa: U64
  readonly size: U64
  readonly hva: U64
}

/** `KVM_SET_TSS_ADDR`. */
export interface SetTssAddrCall {
  readonly op: 'set-tss-addr'
  readonly addr: U64
}

/** `KVM_CREATE_VCPU`. */
export interface CreateVcpuCall {
  readonly op: 'create-vcpu'
  readonly vcpu: number
}
/** Puts a vCPU into an address space. */
export interface SetVcpuCall {
  readonly op: 'set-vcpu'
  readonly vcpu: number
  readonly as: number
}
/** An SMI: the vCPU enters SMM, and is in space 1 from then on. */
export interface EnterSmmCall {
  readonly op: 'enter-smm'
  readonly vcpu: number
  /**
   * SMBASE, in bytes, a multiple of 4096 below 2³²: there the registers are saved, and the handler begins. Without it
   * only the space changes; the caller takes care of the registers, and RSM restores none.
   */
  readonly smbase?: U64
}
/** RSM: the vCPU leaves SMM, and is in space 0 from then on. */
export interface RsmCall {
  readonly op: 'rsm'
  readonly vcpu: number
}

/** What the set says of one frame. */
export interface LookupCall {
  readonly op: 'lookup'
  readonly as: number
  readonly gfn: number
}
/** Which frames a range of host addresses backs, in every space: what an MMU notifier asks. */
export interface HvaRangeCall {
  readonly op: 'hva-range'
  readonly hva: U64
  readonly size: U64
}
/**
 * The host gives its pages other rights (`mprotect`). Slots and contents stay as they are; an access that needs a right
 * that is gone meets a bad host address.
 */
export interface HostProtectCall {
  readonly op: 'host-protect'
  /** A multiple of 4096, as the size is, which is not 0; the range ends within 64 bits. */
  readonly hva: U64
  readonly size: U64
  readonly rights: HostRights
}
/** The host writes guest memory through a mapping of its own, past the hypervisor: rights are not checked, and no log marks it. */
export interface PokeCall {
  readonly op: 'poke'
  readonly hva: U64
  readonly data: Bytes
}

/**
 * A change of the slots that another thread makes in the middle of an access, when `after` of its look-ups (of tables, and
 * then of the page itself) have been made; at its end, where it makes no more. An access by frame makes one look-up.
 */
export interface Between {
  readonly after: number
  readonly operation: SetCall | BatchCall
}

/** An access touches one page: `offset + size <= 4096`. */
interface ByVcpu {
  readonly vcpu: number
  readonly gfn: number
  readonly offset: number
  readonly between?: Between
}
/** Who makes an access: KVM's emulator, or the processor, which leaves some of it to the emulator. */
export type By = 'emulator' | 'hardware'

/** A read of data or of an instruction, by frame; 1 to 4096 bytes. */
export interface ReadAccess extends ByVcpu {
  readonly op: 'read' | 'fetch'
  readonly size: number
  /** Without it, what either may meet is allowed. */
  readonly by?: By
}
/** The page walker reads an entry of a paging structure. */
export interface WalkAccess extends ByVcpu {
  readonly op: 'walk'
  readonly size: 8
}
/** A write or an atomic read-modify-write, by frame. */
export interface WriteAccess extends ByVcpu {
  readonly op: 'write' | 'rmw'
  readonly data: Bytes
  /** Without it, what either may meet is allowed. */
  readonly by?: By
}
/** The setting of accessed and dirty bits in a table, by frame. */
export interface TableUpdate extends ByVcpu {
  readonly op: 'ad-update'
  readonly data: Bytes
}
/** KVM itself reads or writes guest memory, on behalf of no vCPU: always in space 0. */
export interface KernelAccess {
  readonly op: 'kernel-access'
  readonly gfn: number
  readonly offset: number
  readonly size: number
  /** Present: the access writes these bytes. */
  readonly data?: Bytes
  /** Through an hva that KVM keeps (`gfn_to_hva_cache`). */
  readonly cached?: boolean
  readonly between?: Between
}

/** Accesses by frame, without a walk of guest tables. */
export type PhysicalAccess = ReadAccess | WalkAccess | WriteAccess | TableUpdate | KernelAccess

/** Userspace loads a vCPU with these registers; nothing of an earlier image is left. */
export interface RegistersCall extends RegisterImage {
  readonly op: 'registers'
  readonly vcpu: number
}

/** The bytes of one instruction, found as the vCPU's registers say: at most fifteen, on at most two pages. */
export interface FetchInstruction {
  readonly op: 'fetch-instruction'
  readonly vcpu: number
  /** The offset in the code segment; in 64-bit mode the linear address. */
  readonly rip: U64
  /** Bytes that the decoder turns out to need, 1 to 15: a second page is touched only for the sake of one of them. */
  readonly length: number
  /** The emulator where it is absent. */
  readonly by?: By
  readonly between?: Between
}
/** What a linear address is translated to for one kind of access; accessed and dirty bits are set as by that access. */
export interface Translate {
  readonly op: 'translate'
  readonly vcpu: number
  readonly gva: U64
  readonly access: 'read' | 'write' | 'fetch'
  /** The emulator where it is absent. */
  readonly by?: By
  readonly between?: Between
}
/** What the VMM answers to the MMIO reads of an access, in order; zeros beyond. Without it what is read is not told. */
interface Answered {
  readonly device?: Bytes
}
/** Data at a linear address; beyond the end of a page it goes on in the next, which is translated on its own. */
export interface ReadVirtual extends Answered {
  readonly op: 'read-virtual'
  readonly vcpu: number
  readonly gva: U64
  /** 1 to 16 bytes. */
  readonly size: number
  /** The emulator where it is absent. */
  readonly by?: By
  readonly between?: Between
}
/**
 * Exchanges data at a linear address: a read-modify-write whose result does not depend on what was there, which it
 * answers. 1 to 16 bytes of `data`.
 */
export interface RmwVirtual extends Answered {
  readonly op: 'rmw-virtual'
  readonly vcpu: number
  readonly gva: U64
  readonly data: Bytes
  /** The emulator where it is absent. */
  readonly by?: By
  readonly between?: Between
}
/** Writes data at a linear address, as `ReadVirtual` reads it. */
export interface WriteVirtual {
  readonly op: 'write-virtual'
  readonly vcpu: number
  readonly gva: U64
  /** 1 to 16 bytes. */
  readonly data: Bytes
  /** The emulator where it is absent. */
  readonly by?: By
  readonly between?: Between
}

/** Accesses by linear address, which the vCPU's registers and the tables in its memory translate. */
export type VirtualAccess = FetchInstruction | Translate | ReadVirtual | WriteVirtual | RmwVirtual

/** Everything that ends as an access does: see `AccessEnd`. */
export type Access = PhysicalAccess | VirtualAccess

/** Everything that returns as a call does: with success or an errno. */
export type Call =
  | SetCall
  | BatchCall
  | GetDirtyCall
  | ClearDirtyCall
  | EnableCapCall
  | InternalSlotCall
  | CreateGuestMemfdCall
  | SetTssAddrCall
  | CreateVcpuCall
  | SetVcpuCall
  | EnterSmmCall
  | RsmCall
  | RegistersCall
  | LookupCall
  | HvaRangeCall
  | HostProtectCall
  | PokeCall

/** Everything that may happen to a VM, at the grain of whole calls and whole accesses. */
export type Operation = Call | Access

/** Operations that go by a vCPU's registers, and have rules of more than one step. */
export type FetchPathOperation = RegistersCall | VirtualAccess
/** Operations that one rule carries out. */
export type PlainOperation = Exclude<Operation, FetchPathOperation>

const VIRTUAL = new Set(['fetch-instruction', 'translate', 'read-virtual', 'write-virtual', 'rmw-virtual'])
const ACCESSES = new Set(['read', 'fetch', 'walk', 'write', 'rmw', 'ad-update', 'kernel-access', ...VIRTUAL])

/** Whether an operation is an access, and no call. */
export const isAccess = (operation: Operation): operation is Access => ACCESSES.has(operation.op)

/** Whether an operation is an access by linear address. */
export const isVirtual = (operation: Operation): operation is VirtualAccess => VIRTUAL.has(operation.op)

/** Whether an operation is an access by frame. */
export const isPhysical = (operation: Operation): operation is PhysicalAccess =>
  isAccess(operation) && !isVirtual(operation)

/** The change of slots in the middle of an operation, if it carries one. */
export const betweenOf = (operation: Operation): Between | undefined =>
  'between' in operation ? operation.between : undefined

/** Whether an operation goes by registers, and takes more than one rule. */
export const isOfFetchPath = (operation: Operation): operation is FetchPathOperation =>
  operation.op === 'registers' || isVirtual(operation)

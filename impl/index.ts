/**
 * The public API of the implementation. `Vm` is a virtual machine's memory slots with KVM's calls on them and the
 * proposed batch; `Vcpu` the accesses of one vCPU; `LinearVcpu` its accesses by linear address.
 *
 * Addresses and sizes in calls are bytes, u64 as `bigint`; `gfn`, `base`, `npages` and dirty pages are numbers of 4 KiB
 * pages. Calls end with an errno as in Linux; exceptions are for values that no system call can carry, and for threads
 * that wait too long.
 */

export type { Errno, Refused } from './base/errno.js'
export { MAX_SLOT_PAGES, PAGE_SIZE } from './base/frames.js'
export type { MmioExit } from './base/mmio.js'
export type { OwnSlot } from './base/own-slots.js'
export type { AnyRanges, Ranges } from './base/ranges.js'
export {
  type BatchCall,
  type BatchOutcome,
  type BatchRefused,
  type Entry,
  HARVEST,
  type Retired,
} from './calls/batch/batch-call.js'
export type { CapCall } from './calls/capability.js'
export type { ClearLogCall, GetLogCall, GetLogOutcome } from './calls/dirty-log.js'
export type { GuestMemfdCall, MemfdField } from './calls/guest-memfd.js'
export type { InternalSlotCall } from './calls/internal-slot.js'
export type { KernelAccess } from './calls/kernel-access.js'
export type { GuestRange, SlotListing, Translation } from './calls/lookup.js'
export type { Failure, Outcome } from './calls/outcome.js'
export type { TssCall } from './calls/own-slots.js'
export type { Recovered } from './calls/recover.js'
export type { RegionCall } from './calls/set-region.js'
export { type ArenaOptions, ArenaStuck, DirtyArena } from './dirty/arena.js'
export { GuestMemoryFull } from './memory/guest-memory.js'
export type { HostRights } from './memory/host-rights.js'
export { GUEST_MEMFD, LOG, RO } from './memslots/slot.js'
export type { VmOptions } from './options.js'
export type { Access } from './readers/access.js'
export { VcpuTaken } from './readers/claim.js'
export { TooManyReaders } from './threads/control.js'
export { Released, StuckCall, StuckReader, StuckUpdate, TakenOver, type Waiting } from './threads/stuck.js'
export { type PageRead, type PageWrite, Vcpu } from './vcpu.js'
export { type GuestRead, type GuestWrite, Vm, type VmShare } from './vm.js'
export type {
  DataEnd,
  Exception,
  FetchEnd,
  InternalError,
  LoadEnd,
  Rights,
  RsmEnd,
  SmiEnd,
  TranslateEnd,
} from './x86/ends.js'
export { LinearVcpu } from './x86/linear.js'
export { type CodeSegment, ImpossibleRegisters, type Processor, type Registers } from './x86/registers.js'

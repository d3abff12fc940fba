import type { Errno } from '../base/errno.js'
import { addExits, type MmioExit } from '../base/mmio.js'
import type { Machine } from '../machine.js'
import { RO } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import type { SlotSet } from '../memslots/slot-set.js'
import { SPACE } from '../threads/control.js'
import type { Reader } from './reader.js'

/**
 * How an access ends.
 *
 * - `data`: it reached memory; an A/D update of a table in a read-only slot ends so too, and writes nothing
 * - `mmio`: KVM_EXIT_MMIO, for userspace to emulate: one exit for every eight bytes; an exchange reads before it writes, and
 *   has as `data` what it read of memory
 * - `fault`: the page walk's access fails; KVM's own fails with EFAULT; ENOMEM if the host has no memory for the page
 * - `exit`: a fetch from a hole, or anything else that cannot be emulated; with EFAULT, KVM_RUN fails on a page that the host may not
 *   read or write
 * - `abandoned`: it was kicked while it waited for a blocked page
 */
export type Access =
  | { readonly end: 'data'; readonly data?: Uint8Array }
  | { readonly end: 'mmio'; readonly exits: readonly MmioExit[]; readonly data?: Uint8Array }
  | { readonly end: 'fault'; readonly errno?: Errno }
  | { readonly end: 'exit'; readonly errno?: Errno }
  | { readonly end: 'abandoned' }

/** A kind of access: whether it writes, and how it completes in a set where its frame is not blocked. */
export interface Kind {
  readonly writes: boolean
  /** @param slot number of the frame's slot, or −1 in a hole */
  readonly complete: (machine: Machine, set: SlotSet, slot: number, a: Target) => Access
}

/** What is accessed: bytes of one page. Reads have a size, writes have data. */
export interface Target {
  readonly gfn: number
  readonly offset: number
  readonly size: number
  readonly data: Uint8Array
}

const DONE: Access = Object.freeze({ end: 'data' })
const FAULT: Access = Object.freeze({ end: 'fault' })
const EFAULT: Access = Object.freeze({ end: 'fault', errno: 'EFAULT' })
const ENOMEM: Access = Object.freeze({ end: 'fault', errno: 'ENOMEM' })
/** KVM_RUN fails: the host has no right to its page for what the guest does (`kvm_handle_error_pfn`). */
const BAD_HVA: Access = Object.freeze({ end: 'exit', errno: 'EFAULT' })
const EXIT: Access = Object.freeze({ end: 'exit' })
const ABANDONED: Access = Object.freeze({ end: 'abandoned' })

/** Bytes of a page-table entry. */
export const ENTRY_BYTES = 8

/** Who makes a guest's access: the processor itself, or KVM's emulator. They differ where the host denies its page. */
export type AccessPath = 'emulator' | 'hardware'
export const ACCESS_PATHS: readonly AccessPath[] = ['emulator', 'hardware']

/** A guest's data read: memory of any slot, MMIO in a hole. The emulator takes a page it cannot read for a device. */
export const READ: Readonly<Record<AccessPath, Kind>> = {
  hardware: reading(mmioRead, () => BAD_HVA),
  emulator: reading(mmioRead, mmioRead),
}

/** A guest's fetch: from any slot; from a hole it is an exit with nothing queued (emulation failure). */
export const FETCH: Readonly<Record<AccessPath, Kind>> = {
  hardware: reading(
    () => EXIT,
    () => BAD_HVA,
  ),
  emulator: reading(
    () => EXIT,
    () => EXIT,
  ),
}

/** The same of arm64, where a guest that fetches from a hole takes an abort. */
export const ABORTING_FETCH: Readonly<Record<AccessPath, Kind>> = {
  hardware: reading(
    () => FAULT,
    () => BAD_HVA,
  ),
  emulator: reading(
    () => FAULT,
    () => EXIT,
  ),
}

/** A guest's data write: MMIO without a slot and on a read-only one, where nothing is written or marked. */
export const WRITE: Readonly<Record<AccessPath, Kind>> = {
  hardware: writing(() => BAD_HVA),
  emulator: writing(mmioWrite),
}

/**
 * A guest's atomic read-modify-write: replaces the bytes by `data` and returns the old ones, or MMIO as a write. Of a
 * page that the host may only read the emulator can load, and then cannot exchange: emulation fails.
 */
export const RMW: Readonly<Record<AccessPath, Kind>> = {
  hardware: exchanging(() => BAD_HVA),
  emulator: exchanging(({ memory }, hostPage, a) => (memory.denies(hostPage, false) ? mmioRead(a) : EXIT)),
}

/** KVM's own read without a vCPU (`kvm_read_guest_page`): EFAULT from a hole. */
export const KERNEL_READ: Kind = {
  writes: false,
  complete: (machine, set, slot, a) => (slot < 0 ? EFAULT : load(machine, set, slot, a, EFAULT)),
}

/** The same through a cached hva (`kvm_read_guest_cached`), which is asked for as for a write: EFAULT from an RO slot. */
export const KERNEL_READ_CACHED: Kind = {
  writes: false,
  complete: (machine, set, slot, a) => (isWritable(set, slot) ? load(machine, set, slot, a, EFAULT) : EFAULT),
}

/** KVM's own write without a vCPU (`kvm_write_guest_page`): marks; EFAULT to a hole and to a read-only slot. */
export const KERNEL_WRITE: Kind = {
  writes: true,
  complete: (machine, set, slot, a) =>
    isWritable(set, slot) ? store(machine, set, slot, a, EFAULT) : EFAULT,
}

/** The page walk's read of an entry: only user slots are visible to it (`kvm_is_visible_memslot`). */
export const WALK: Kind = {
  writes: false,
  complete: (machine, set, slot, a) =>
    isVisible(machine, set, slot) ? load(machine, set, slot, a, FAULT) : FAULT,
}

/** The page walk's write of accessed and dirty bits: marked as any write; skipped where the table is read-only. */
export const AD_UPDATE: Kind = {
  writes: true,
  complete: (machine, set, slot, a) => {
    if (!isVisible(machine, set, slot)) return FAULT
    return isWritable(set, slot) ? store(machine, set, slot, a, FAULT) : DONE
  },
}

/** The space in which the reader's next access looks up. */
export function spaceOf({ control }: Machine, { index }: Reader): number {
  return Atomics.load(control.words, control.readerAt(index) + SPACE)
}

/**
 * Makes an access in space `as`. It holds one set from translation to dirty mark. If an update has blocked its frame it
 * waits, holding nothing, and looks up again (semantics.md §1, retry).
 * @throws StuckUpdate
 */
export function access(machine: Machine, reader: Reader, as: number, kind: Kind, a: Target): Access {
  for (;;) {
    reader.enterSpace(as)
    try {
      machine.beforeLookUp?.()
      if (!reader.isBlocked(a.gfn, kind.writes)) {
        const set = machine.space(as).set(reader.ticket)
        return kind.complete(machine, set, reader.numberAt(set, a.gfn), a)
      }
      const waited = reader.waitFor(a.gfn)
      machine.onPoint?.('waited')
      if (waited === 'abandoned') return ABANDONED
    } finally {
      reader.leave()
    }
  }
}

function mmioRead({ gfn, offset, size }: Target): Access {
  const exits: MmioExit[] = []
  addExits(exits, gfn, offset, size)
  return { end: 'mmio', exits }
}

function mmioWrite({ gfn, offset, size, data }: Target): Access {
  const exits: MmioExit[] = []
  addExits(exits, gfn, offset, size, data)
  return { end: 'mmio', exits }
}

/** An exchange without a page to store to: of a read-only one it has read memory, unless the host denies that too. */
function mmioExchange(machine: Machine, set: SlotSet, slot: number, a: Target): Access {
  const exits: MmioExit[] = []
  const loaded = slot < 0 ? EFAULT : load(machine, set, slot, a, EFAULT)
  if (loaded.end !== 'data') addExits(exits, a.gfn, a.offset, a.size)
  addExits(exits, a.gfn, a.offset, a.size, a.data)
  const data = 'data' in loaded ? loaded.data : undefined
  return data === undefined ? { end: 'mmio', exits } : { end: 'mmio', exits, data }
}

function reading(hole: (a: Target) => Access, denied: (a: Target) => Access): Kind {
  return {
    writes: false,
    complete: (machine, set, slot, a) => {
      if (slot < 0) return hole(a)
      return isDenied(machine, set, slot, a, false) ? denied(a) : load(machine, set, slot, a, EFAULT)
    },
  }
}

function writing(denied: (a: Target) => Access): Kind {
  return {
    writes: true,
    complete: (machine, set, slot, a) => {
      if (!isWritable(set, slot)) return mmioWrite(a)
      return isDenied(machine, set, slot, a, true) ? denied(a) : store(machine, set, slot, a, EFAULT)
    },
  }
}

function exchanging(denied: (machine: Machine, hostPage: number, a: Target) => Access): Kind {
  return {
    writes: true,
    complete: (machine, set, slot, a) =>
      isWritable(set, slot) ? exchange(machine, set, slot, a, denied) : mmioExchange(machine, set, slot, a),
  }
}

function isDenied(
  { memory }: Machine,
  { columns }: SlotSet,
  slot: number,
  { gfn }: Target,
  writes: boolean,
): boolean {
  return memory.denies(columns.hva[slot]! + gfn - columns.extents[2 * slot]!, writes)
}

function isVisible({ limits }: Machine, set: SlotSet, slot: number): boolean {
  return slot >= 0 && set.columns.id[slot]! < limits.slotLimit
}

function isWritable(set: SlotSet, slot: number): boolean {
  return slot >= 0 && (set.columns.flags[slot]! & RO) === 0
}

/** @param denied how the access ends if the host may not read its page */
function load(machine: Machine, { columns }: SlotSet, slot: number, a: Target, denied: Access): Access {
  const hostPage = columns.hva[slot]! + a.gfn - columns.extents[2 * slot]!
  if (machine.memory.denies(hostPage, false)) return denied
  machine.onPoint?.('translated')
  const data = machine.memory.read(hostPage, a.offset, a.size)
  machine.onPoint?.('stored')
  return { end: 'data', data }
}

/**
 * Data, then mark: a write is complete when both are done (semantics.md §2). ENOMEM, and neither, if the host is full.
 */
function store(machine: Machine, { columns }: SlotSet, slot: number, a: Target, denied: Access): Access {
  const page = a.gfn - columns.extents[2 * slot]!
  const hostPage = columns.hva[slot]! + page
  const log = columns.log[slot]!
  if (machine.memory.denies(hostPage, true)) return denied
  if (!machine.memory.make(hostPage)) return ENOMEM
  machine.onPoint?.('translated')
  machine.memory.write(hostPage, a.offset, a.data)
  machine.onPoint?.('stored')
  mark(machine, log, page)
  return DONE
}

function exchange(
  machine: Machine,
  { columns }: SlotSet,
  slot: number,
  a: Target,
  denied: (machine: Machine, hostPage: number, a: Target) => Access,
): Access {
  const page = a.gfn - columns.extents[2 * slot]!
  const hostPage = columns.hva[slot]! + page
  const log = columns.log[slot]!
  if (machine.memory.denies(hostPage, true)) return denied(machine, hostPage, a)
  if (!machine.memory.make(hostPage)) return ENOMEM
  machine.onPoint?.('translated')
  const before = machine.memory.exchange(hostPage, a.offset, a.data)
  machine.onPoint?.('stored')
  mark(machine, log, page)
  return { end: 'data', data: before }
}

/** An access that finds its page marked need not mark again: a harvest waits for the accesses in flight. */
function mark({ logs, onPoint }: Machine, log: number, page: number): void {
  if (log !== NO_LOG) logs.markIfClear(log, page)
  onPoint?.('marked')
}

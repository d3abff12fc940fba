import type { DirtyLog } from './dirty-log.js'
import type { Binding } from './memfd.js'
import type { Generation, Gfn, HvaPage, SlotId } from './numbers.js'

/** `KVM_MEM_LOG_DIRTY_PAGES`, as it stands in the flags word. */
export const LOG = 1
/** `KVM_MEM_READONLY`. */
export const RO = 2
/** `KVM_MEM_GUEST_MEMFD`. */
export const GUEST_MEMFD = 4

/** A memory slot: `npages` frames from `base`, backed by as many host pages from `hva`. */
export interface Slot {
  readonly id: SlotId
  readonly base: Gfn
  /** 4 KiB pages; at least 1, at most 2^31-1 in a user slot. */
  readonly npages: number
  readonly hva: HvaPage
  readonly log: boolean
  readonly ro: boolean
  /** Whether guest_memfd is behind it: true, or which pages of which file, where the call has named one. */
  readonly gmem: boolean | Binding
  /** The bitmap; null where logging is off, or where a dirty ring took its place. */
  readonly dirty: DirtyLog | null
  /** The generation published by the last update that created the slot or changed its base, size or hva. */
  readonly since: Generation
}

/** The first frame after the slot. */
export const endOf = (slot: Slot): number => slot.base + slot.npages

/** The flags word of a slot: LOG, RO and GUEST_MEMFD. */
export const flagsOf = (slot: Slot): number =>
  (slot.log ? LOG : 0) | (slot.ro ? RO : 0) | (slot.gmem === false ? 0 : GUEST_MEMFD)

/** A slot with another log. Written out field by field so that all slots have one layout in memory; see `answer`. */
export const withLog = (slot: Slot, dirty: DirtyLog | null): Slot => ({
  id: slot.id,
  base: slot.base,
  npages: slot.npages,
  hva: slot.hva,
  log: slot.log,
  ro: slot.ro,
  gmem: slot.gmem,
  dirty,
  since: slot.since,
})

/** Two slots that userspace cannot tell apart: everything but the log and `since`. */
export const sameRegion = (a: Slot, b: Slot): boolean =>
  a.base === b.base && a.npages === b.npages && a.hva === b.hva && flagsOf(a) === flagsOf(b)

/** Whether two ranges of frames have one in common. */
export const overlaps = (a: { base: number; npages: number }, b: { base: number; npages: number }): boolean =>
  a.base < b.base + b.npages && b.base < a.base + a.npages

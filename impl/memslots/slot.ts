/** Slot flag `KVM_MEM_LOG_DIRTY_PAGES`: the slot has a dirty log. */
export const LOG = 1
/** Slot flag `KVM_MEM_READONLY`: a guest's write exits as MMIO. */
export const RO = 2
/** Slot flag `KVM_MEM_GUEST_MEMFD`; only with option `guestMemfd` and `ioctl` 2. */
export const GUEST_MEMFD = 4

/** Where a slot lies and how: everything about it that userspace chose. Pages, not bytes. */
export interface Shape {
  readonly id: number
  /** First guest frame. */
  readonly base: number
  /** At least 1; at most 2^31 − 1 for user slots. */
  readonly npages: number
  /** First host page number. */
  readonly hva: number
  readonly flags: number
}

/** A slot as calls speak of it. It is a copy: the sets hold slots as columns of numbers. */
export interface Slot extends Shape {
  /** Which dirty log is the slot's; `NO_LOG` without LOG, and with LOG where a dirty ring replaces bitmaps. */
  readonly log: number
  /**
   * Generation published by the last update that created the slot or changed its base, size or hva (semantics.md §2).
   */
  readonly since: number
}
/** One slot's change: created (no `old`), deleted (no `next`) or replaced. Both have the same id. */
export interface SlotChange {
  readonly old: Slot | undefined
  readonly next: Slot | undefined
}

/** Whether the slot has the LOG flag. */
export function isLogged(shape: Shape): boolean {
  return (shape.flags & LOG) !== 0
}

/** Whether the slot has the RO flag. */
export function isReadonly(shape: Shape): boolean {
  return (shape.flags & RO) !== 0
}

/** Whether the two describe the same slot: same frames, host pages and flags. */
export function sameShape(a: Shape, b: Shape): boolean {
  return samePlace(a, b) && a.flags === b.flags
}

/** Whether base, size and hva agree: then pages keep their index, frame and host page. */
export function samePlace(a: Shape, b: Shape): boolean {
  return a.base === b.base && a.npages === b.npages && a.hva === b.hva
}

/** Host page minus guest frame: two slots that agree in it map a common frame to the same host page. */
export function displacement(shape: Shape): number {
  return shape.hva - shape.base
}

/**
 * Slots at the grain of steps: a handful of frames and host pages, so that everything that may happen to them can be
 * enumerated. Frames, host pages and ids are small numbers.
 */
export interface StepSlot {
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly hva: number
  readonly ro: boolean
  /** The bitmap its writes are marked in; -1 where they are not logged. */
  readonly log: number
  /** `invalid`: KVM_MEMSLOT_INVALID. `disabled`: the proposed flag that sends every access to userspace. */
  readonly state: 'live' | 'invalid' | 'disabled'
}

/** A set as published: its slots in order of base, and the frames whose accesses must wait. */
export interface StepSet {
  readonly slots: readonly StepSlot[]
  /** Frames no access may pass, and frames no write may pass. */
  readonly blocked: readonly number[]
  readonly noWrites: readonly number[]
  /** What else is held off while this set is published. */
  readonly held?: Held
}

/**
 * `faults`: the second stage's faults at these frames are retried, in whatever space, as during an invalidation by an MMU
 * notifier. `gate`: no vCPU may begin a read side, so that only what a cached translation serves goes on.
 */
export type Held = { readonly kind: 'faults'; readonly frames: readonly number[] } | { readonly kind: 'gate' }

export const plainSet = (slots: readonly StepSlot[]): StepSet => ({ slots, blocked: NONE, noWrites: NONE })
const NONE: readonly number[] = []

export const slotOf = (set: StepSet, frame: number): StepSlot | null => {
  for (const slot of set.slots) if (frame >= slot.base && frame < slot.base + slot.npages) return slot
  return null
}

/** What a frame maps to: what an access observes, and what the properties compare. */
export interface Backing {
  readonly hva: number
  readonly ro: boolean
  readonly logged: boolean
}

export const backingOf = (slots: readonly StepSlot[], frame: number): Backing | null => {
  const slot = slotOf(plainSet(slots), frame)
  return slot === null ? null : { hva: slot.hva + frame - slot.base, ro: slot.ro, logged: slot.log >= 0 }
}

/** The bit of a page in a log, by host page: a slot that moves keeps its bits. Pages of another space use the same bits. */
export const pageBit = (hva: number): number => 1 << (hva & 7)

/** Two slots that are the same to userspace. */
export const sameSlot = (a: StepSlot, b: StepSlot): boolean =>
  a.id === b.id &&
  a.base === b.base &&
  a.npages === b.npages &&
  a.hva === b.hva &&
  a.ro === b.ro &&
  a.log >= 0 === b.log >= 0

export const sameSlots = (a: readonly StepSlot[], b: readonly StepSlot[]): boolean =>
  a.length === b.length &&
  a.every((slot, i) => sameSlot(slot, b[i] as StepSlot) && slot.state === b[i]?.state)

import type { Slot } from '../../spec/terms/slot.js'
import type { Evidence } from './evidence.js'
import { type Place, secondsBetween } from './place.js'

/**
 * The dirty bits of a logged slot that was deleted, or whose logging was switched off. The kernel frees its bitmap:
 * pages written after they were last read are reported to nobody.
 */
export interface AtRisk {
  readonly line: number
  readonly as: number
  readonly slot: Slot
  readonly by: 'delete' | 'logging off'
  /** When logging was switched on. */
  readonly loggedSince: Place
  /** From then to the start of the call. */
  readonly loggedSeconds: number | null
  /** Who was inside KVM_RUN since then. */
  readonly since: Evidence
  readonly harvest: Harvest
  /** A dirty ring is in use: unread entries name the slot. */
  readonly ring: boolean
}

/** The KVM_GET_DIRTY_LOG that may have read the slot's log last. */
export type Harvest =
  | { readonly is: 'none' }
  | { readonly is: 'not recorded' }
  | {
      /** Recordings hold a pointer: which slot was read is unknown. */
      readonly is: 'perhaps'
      readonly at: Place
      /** From the start of the GET to the start of the call. */
      readonly seconds: number | null
      /** The same thread made it, and no other call on the VM in between. */
      readonly justBefore: boolean
      /** Who was inside KVM_RUN since the GET. */
      readonly since: Evidence
    }

/** A bitmap is lost at this place. */
export interface Loss {
  readonly slot: Slot
  readonly by: 'delete' | 'logging off'
  readonly as: number
  readonly tid: number | null
  readonly at: Place
  readonly evidence: (from: Place) => Evidence
}

/** Follows what is needed to say which dirty bits are endangered: when logs were switched on, and the last GET. */
export interface LogWatch {
  slotsChanged(as: number, removed: readonly Slot[], added: readonly Slot[], at: Place): void
  harvested(tid: number | null, at: Place): void
  /** The thread made another call on the VM. */
  called(tid: number | null): void
  /** Dirty pages are collected by a ring. */
  ringSeen(): void
  lost(loss: Loss): AtRisk
}

/** `getsRecorded`: whether the recording holds KVM_GET_DIRTY_LOG at all, asked when it matters. */
export const createLogWatch = (getsRecorded: () => boolean): LogWatch => {
  const since = new Map<string, Place>()
  const justHarvested = new Set<number | null>()
  let last: Place | null = null
  let ring = false

  const harvestOf = ({ tid, at, evidence }: Loss, on: Place): Harvest => {
    if (last === null && !getsRecorded()) return { is: 'not recorded' }
    if (last === null || last.line < on.line) return { is: 'none' }
    return {
      is: 'perhaps',
      at: last,
      seconds: secondsBetween(last, at),
      justBefore: justHarvested.has(tid),
      since: evidence(last),
    }
  }

  return {
    slotsChanged: (as, removed, added, at) => {
      const logged = new Set(removed.filter(slot => slot.log).map(slot => slot.id))
      for (const slot of removed) if (!added.some(now => now.id === slot.id)) since.delete(`${as}:${slot.id}`)
      for (const slot of added) {
        if (!slot.log) since.delete(`${as}:${slot.id}`)
        else if (!logged.has(slot.id)) since.set(`${as}:${slot.id}`, at)
      }
    },
    harvested: (tid, at) => {
      last = at
      justHarvested.clear()
      justHarvested.add(tid)
    },
    called: tid => {
      justHarvested.delete(tid)
    },
    ringSeen: () => {
      ring = true
    },
    lost: loss => {
      const { slot, by, as, at, evidence } = loss
      const on = since.get(`${as}:${slot.id}`) ?? at
      return {
        line: at.line,
        as,
        slot,
        by,
        loggedSince: on,
        loggedSeconds: secondsBetween(on, at),
        since: evidence(on),
        harvest: harvestOf(loss, on),
        ring,
      }
    },
  }
}

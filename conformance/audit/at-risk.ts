import type { Slot } from '../../spec/terms/slot.js'
import { type Place, secondsBetween } from './place.js'
import { insideBetween, type Moment } from './vcpu-threads.js'

/**
 * The dirty bits of a logged slot that was deleted. The kernel frees its bitmap: pages written after they were last
 * read are reported to nobody.
 */
export interface AtRisk {
  readonly line: number
  readonly as: number
  readonly id: number
  readonly gfn: number
  /** At most so many pages are concerned. */
  readonly pages: number
  /** When logging was switched on. */
  readonly loggedSince: Place
  /** From then to the start of the delete. */
  readonly loggedSeconds: number | null
  /** The vCPU threads inside KVM_RUN since then; null where not recorded. */
  readonly writers: readonly number[] | null
  readonly harvest: Harvest
}

/** The KVM_GET_DIRTY_LOG that may have read the slot's log last. */
export type Harvest =
  | { readonly is: 'none' }
  | { readonly is: 'not recorded' }
  | {
      /** strace prints a pointer: which slot was read is unknown. */
      readonly is: 'perhaps'
      readonly at: Place
      /** From the start of the GET to the start of the delete. */
      readonly seconds: number | null
      /** The deleting thread made it, and no other call on the VM in between. */
      readonly justBefore: boolean
      /** The vCPU threads inside KVM_RUN since the GET. */
      readonly writers: readonly number[] | null
    }

/** Follows what is needed to say which dirty bits a delete endangers: when logs were switched on, and the last GET. */
export interface LogWatch {
  slotsChanged(as: number, removed: readonly Slot[], added: readonly Slot[], at: Place): void
  harvested(tid: number | null, at: Place): void
  /** The thread made another call on the VM. */
  called(tid: number | null): void
  deleted(slot: Slot, as: number, tid: number | null, at: Place, began: Moment): AtRisk
}

/** `getsRecorded`: whether the kind of recording holds KVM_GET_DIRTY_LOG at all. */
export const createLogWatch = (getsRecorded: boolean): LogWatch => {
  const since = new Map<string, Place>()
  const justHarvested = new Set<number | null>()
  let last: Place | null = null

  const harvestOf = (tid: number | null, on: Place, at: Place, began: Moment): Harvest => {
    if (!getsRecorded) return { is: 'not recorded' }
    if (last === null || last.line < on.line) return { is: 'none' }
    return {
      is: 'perhaps',
      at: last,
      seconds: secondsBetween(last, at),
      justBefore: justHarvested.has(tid),
      writers: insideBetween(last, began, tid),
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
    deleted: (slot, as, tid, at, began) => {
      const on = since.get(`${as}:${slot.id}`) ?? at
      return {
        line: at.line,
        as,
        id: slot.id,
        gfn: slot.base,
        pages: slot.npages,
        loggedSince: on,
        loggedSeconds: secondsBetween(on, at),
        writers: insideBetween(on, began, tid),
        harvest: harvestOf(tid, on, at, began),
      }
    },
  }
}

import { isEmpty, noPages, type PageSet, pageRange, subtract, union } from './page-set.js'

/**
 * What is known of a slot's dirty bitmap, by page index within the slot: the bits that are set, and the bits that may
 * be, because hardware reported a read or a fetch as a write. Under the parameter `exact` nothing is ever `maybe`.
 */
export interface DirtyLog {
  readonly set: PageSet
  readonly maybe: PageSet
}

/** A log with every bit clear. */
export const cleanLog: DirtyLog = { set: noPages, maybe: noPages }

/** The log of a fresh bitmap: clear, or all set where KVM_DIRTY_LOG_INITIALLY_SET is on. */
export const freshLog = (npages: number, initiallySet: boolean): DirtyLog =>
  initiallySet ? { set: pageRange(0, npages), maybe: noPages } : cleanLog

/** The log after writes to these pages: their bits are set for certain. */
export const mark = (log: DirtyLog, pages: PageSet): DirtyLog => ({
  set: union(log.set, pages),
  maybe: subtract(log.maybe, pages),
})

/** A read or fetch of these pages: hardware that is not exact may set their bits. */
export const mayMark = (log: DirtyLog, pages: PageSet): DirtyLog => {
  const unsure = subtract(pages, log.set)
  return isEmpty(unsure) ? log : { set: log.set, maybe: union(log.maybe, unsure) }
}

/** The log with the bits of these pages clear. */
export const clear = (log: DirtyLog, pages: PageSet): DirtyLog => ({
  set: subtract(log.set, pages),
  maybe: subtract(log.maybe, pages),
})

/** The bits of both logs; a bit that either is certain of is certain. */
export const join = (a: DirtyLog, b: DirtyLog): DirtyLog => {
  const set = union(a.set, b.set)
  return { set, maybe: subtract(union(a.maybe, b.maybe), set) }
}

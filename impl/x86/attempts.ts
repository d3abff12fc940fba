import { type Mmu, RETRY } from './mmu.js'

/** The operation was kicked while it waited for a blocked page. */
export const ABANDONED = 7

/**
 * Makes an attempt in a section of its own, with all its lookups in one set. If it meets a blocked page it waits,
 * holding nothing, and the next attempt starts over (semantics.md §2, fetch-atomic).
 */
export function inSection<End extends number>(
  mmu: Mmu,
  attempt: () => End,
): Exclude<End, typeof RETRY> | typeof ABANDONED {
  for (;;) {
    mmu.enter()
    try {
      const end = attempt()
      if (end !== RETRY) return end as Exclude<End, typeof RETRY>
      if (!mmu.section.waitFor(mmu.blockedFrame)) return ABANDONED
    } finally {
      mmu.leave()
    }
  }
}

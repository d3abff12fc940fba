import { type Mmu, RETRY } from './mmu.js'

/** The operation gave up waiting for a blocked page: it was kicked. */
export const ABANDONED = 7

/**
 * Makes an attempt in a section of its own, all its look-ups in one set. Where it met a blocked page it waits, holding
 * nothing, and another attempt begins from nothing (semantics.md §2, fetch-atomic).
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

import { not, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, semantics } from '../cite.js'
import { at, byHardware } from '../walk/station.js'
import { oneSlotAtATime } from './change.js'
import { blocked, due, tops } from './seeking.js'

/** The look-up finds what was there before the change: the cells do not have it yet. */
const served = (cells: Walking): Walking => onward(cells, { at: cells.walk.seeking })

/**
 * A translation that was cached before a change serves until the change revokes it, which is before the next set is
 * published: a vCPU may pass a blocked frame as if it were not blocked, but never after it has met the new set.
 *
 * No cell says what a vCPU has cached: any vCPU may have used any address before. No cached hole outlives the hole: it
 * is keyed by space and generation, and a slot that appears ends the generation.
 */
export const cachedRules: readonly Rule<Cells>[] = [
  at('seek', {
    id: 'cached.until-revoked',
    says: 'A translation of a blocked page that was cached before serves the fetch until the update revokes it; the update then waits for the fetch, and publishes what comes after.',
    cites: [semantics('Phases')],
    when: [not(due), blocked, not(oneSlotAtATime), not(tops)],
    rewrite: served,
    notes: {
      why: 'A vCPU whose cache is keyed by the set it holds never does this.',
    },
  }),
  at('seek', {
    id: 'cached.until-zapped',
    says: 'In Linux what the processor has cached of a slot serves it while the slot is INVALID already and not zapped yet.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_invalidate_memslot')],
    when: [not(due), blocked, oneSlotAtATime, byHardware],
    rewrite: served,
    notes: {
      why: 'The zap comes after the first swap and before the second: until then old code may still run.',
    },
  }),
]

import { not, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, semantics } from '../cite.js'
import { at, byHardware } from '../walk/at.js'
import { oneSlotAtATime } from './change.js'
import { blocked, due, tops } from './seeking.js'

/** What lies behind the frame is what lay there: the cells still are those of before the change. */
const served = (cells: Walking): Walking => onward(cells, { at: cells.walk.seeking })

/**
 * What was cached before a change serves until the change has revoked it, and it has before another set is published:
 * so a vCPU may meet a frame that is blocked as if it were not, and once it met the set of after it never does.
 *
 * What is cached is not told of any state here: any vCPU may have used any address before. Of holes nothing is cached
 * that could outlive them: what remembers one is keyed by its space and generation, which a slot that appears ends.
 */
export const cachedRules: readonly Rule<Cells>[] = [
  at('seek', {
    id: 'cached.until-revoked',
    says: 'A translation of a blocked page that was cached before serves the fetch until the update revokes it; the update then waits for the fetch, and publishes what comes after.',
    cites: [semantics('Phases')],
    when: [not(due), blocked, not(oneSlotAtATime), not(tops)],
    rewrite: served,
    notes: {
      why: 'A vCPU whose cache is keyed by the set it holds never takes this way.',
    },
  }),
  at('seek', {
    id: 'cached.until-zapped',
    says: 'In Linux what the processor has cached of a slot serves it while the slot is INVALID already and not zapped yet.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_invalidate_memslot')],
    when: [not(due), blocked, oneSlotAtATime, byHardware],
    rewrite: served,
    notes: {
      why: 'The zap follows the first swap and comes before the second: between them old code may still run.',
    },
  }),
]

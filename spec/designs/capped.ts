import { semantics, thread } from '../rules/cite.js'
import { batchDesign } from './batch.js'
import { differing } from './calls.js'
import type { Design, Update } from './design.js'
import { sequentialPlan } from './sequential.js'

/** So many slots a batch may change; small, as the sets of the explorer are. */
const CAP = 1

const entries = (update: Update): number => {
  const { gone, come } = differing(update)
  return new Set([...gone, ...come].map(slot => slot.id)).size
}

/** A limit on the entries of a batch: beyond it userspace falls back to today's calls, and warns. */
export const cappedBatch: Design = {
  ...batchDesign,
  id: 'batch, capped',
  says: `as the batch, of at most ${CAP} slot: a larger change is made by today’s calls, with a warning`,
  cites: [semantics('4. The designs of the thread, side by side'), thread('David 2022-10-13')],
  plan: update => (entries(update) <= CAP ? batchDesign.plan(update) : sequentialPlan(update)),
}

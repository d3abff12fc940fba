import { not, type Rule, rule } from '../../rewrite/index.js'
import { withLogs } from '../../terms/batch.js'
import { retire } from '../../terms/carry.js'
import { type Cells, generationOf, withSpace } from '../../terms/cells.js'
import { HARVEST } from '../../terms/operation.js'
import type { Result } from '../../terms/result.js'
import { answer, refuse } from '../answer.js'
import { semantics, thread } from '../cite.js'
import type { Batching } from './faults.js'
import * as when from './premises.js'
import { batchFinalSetValid, batchHeaderValid, batching, batchReady, NO_ENTRY } from './refused.js'

const asked = ({ flags, resultSize }: Batching['call']): 'bits' | 'records' | 'total' =>
  (flags & HARVEST) !== 0 ? 'bits' : resultSize > 0n ? 'records' : 'total'

/** Success without a swap. */
const leave = (cells: Batching): Cells => {
  const generation = generationOf(cells, cells.call.as)
  const returned: Result = { is: 'batch', generation, retired: [], asked: asked(cells.call) }
  return answer(cells, returned)
}

const commit = (cells: Batching): Cells => {
  const { before, after, swaps, generation } = when.project(cells)
  const { as } = cells.call
  const slots = withLogs(before, after, { initiallySet: cells.protect === 3, ring: cells.ring })
  const space = { slots, swaps: (cells.spaces[as]?.swaps ?? 0) + swaps }
  const returned: Result = {
    is: 'batch',
    generation,
    retired: retire(before, slots),
    asked: asked(cells.call),
  }
  return answer(withSpace<Cells>(cells, as, space), returned)
}

export const batchEmpty = rule<Cells, Batching>({
  id: 'batch.empty',
  kind: 'call succeeds',
  says: 'A batch without entries changes nothing.',
  cites: [semantics('Stage 1: header')],
  match: batching,
  when: [...batchHeaderValid, not(when.hasEntries)],
  rewrite: leave,
})

export const batchNothing = rule<Cells, Batching>({
  id: 'batch.nothing',
  kind: 'call succeeds',
  says: 'A batch that leaves the set as it was succeeds without a swap.',
  cites: [semantics('Validation')],
  match: batching,
  when: [...batchFinalSetValid, not(when.changesSomething)],
  rewrite: leave,
})

export const batchPublish = rule<Cells, Batching>({
  id: 'batch.publish',
  kind: 'call succeeds',
  says: 'A batch that owes no page is published by one swap: nothing is blocked.',
  cites: [semantics('Phases'), thread('Paolo 2022-09-28, on patch 9')],
  match: batching,
  when: [...batchReady, not(when.owesPages)],
  rewrite: commit,
})

export const batchBlockAndPublish = rule<Cells, Batching>({
  id: 'batch.block-and-publish',
  kind: 'call succeeds',
  says: 'A batch that owes pages blocks them by a first swap, drains them, and publishes by a second; logs are carried and retired.',
  cites: [semantics('Phases'), semantics('Dirty logs'), thread('Sean 2022-09-28')],
  match: batching,
  when: [...batchReady, when.owesPages],
  rewrite: commit,
})

export const batchMemoryScarce = rule<Cells, Batching>({
  id: 'batch.memory-scarce',
  kind: 'call fails',
  special: 'implementation-defined',
  says: 'Where memory may be scarce, a batch that changes something may fail with ENOMEM, and change nothing.',
  cites: [semantics('Nothing fails late')],
  match: batching,
  when: [...batchFinalSetValid, when.changesSomething, when.resultSpaceSuffices, when.batchMemoryScarce],
  rewrite: cells => refuse(cells, 'ENOMEM', NO_ENTRY),
})

export const batchSuccesses: readonly Rule<Cells>[] = [
  batchEmpty,
  batchNothing,
  batchPublish,
  batchBlockAndPublish,
  batchMemoryScarce,
]

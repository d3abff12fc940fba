import { type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { OfHarvester, StepCells } from '../../terms/steps/cells.js'
import { holdsLock } from '../../terms/steps/lock.js'
import { semantics, thread } from '../cite.js'
import { flush, isAdmitted, protectedFrom } from './marks.js'

const betweenCalls: Premise<OfHarvester> = premise(
  'between-calls',
  {
    holds: 'no update holds the lock of calls: log calls are serialised with updates',
    fails: 'an update holds the lock of calls: log calls are serialised with updates',
  },
  cells => !holdsLock(cells),
  ({ updater }) => ({ at: updater.at }),
)
const mayHarvest: Premise<OfHarvester> = premise(
  'may-harvest',
  { holds: 'another harvest may be made', fails: 'no harvest is left to be made' },
  ({ self }) => self.left > 0,
)

const noneAdmitted: Premise<OfHarvester> = premise(
  'none-admitted',
  {
    holds: 'no write that was marked before its data is in flight',
    fails: 'a write that was marked before its data is in flight',
  },
  cells => !cells.vcpus.some(v => isAdmitted(cells, v, -1)),
  ({ vcpus }) => ({ holders: vcpus.map(v => v.hold) }),
)

export const harvestRules: readonly Rule<StepCells>[] = [
  rule<StepCells, OfHarvester>({
    id: 'harvest.get',
    kind: 'internal',
    says: 'A harvest flushes what was noted, reports a log’s bits and clears them, between calls; where marks are made first it takes back permission to write.',
    cites: [semantics('Dirty logs'), thread('Peter Xu 2022-08-18')],
    match: { self: { at: 'harvest' } },
    when: [mayHarvest, betweenCalls, noneAdmitted],
    choose: cells =>
      [...new Set((cells.spaces[0]?.published.slots ?? []).map(s => s.log).filter(log => log >= 0))].map(
        log => ({ log }),
      ),
    rewrite: (before, { log }) => {
      const n = log as number
      const cells = flush(
        before,
        before.vcpus.map(v => v.id),
      )
      const bits = cells.logs[n] ?? 0
      const harvester = { ...cells.self, left: cells.self.left - 1 }
      const first = cells.world.behaviour.marks === 'first'
      return {
        ...cells,
        self: harvester,
        harvester,
        vcpus: first ? cells.vcpus.map(v => protectedFrom(v, bits)) : cells.vcpus,
        logs: cells.logs.with(n, 0),
        unreported: cells.unreported.with(n, (cells.unreported[n] ?? 0) & ~bits),
      }
    },
  }),
]

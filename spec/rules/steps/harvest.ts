import { type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { OfHarvester, StepCells } from '../../terms/steps/cells.js'
import { semantics, thread } from '../cite.js'

const betweenCalls: Premise<OfHarvester> = premise(
  'between-calls',
  {
    holds: 'no update is in progress: log calls are serialised with updates',
    fails: 'an update is in progress: log calls are serialised with updates',
  },
  ({ updater, world }) =>
    updater.at === 'idle' || updater.pc === world.start || world.script[updater.pc - 1]?.kind === 'return',
  ({ updater }) => ({ at: updater.at }),
)
const mayHarvest: Premise<OfHarvester> = premise(
  'may-harvest',
  { holds: 'another harvest may be made', fails: 'no harvest is left to be made' },
  ({ self }) => self.left > 0,
)

export const harvestRules: readonly Rule<StepCells>[] = [
  rule<StepCells, OfHarvester>({
    id: 'harvest.get',
    kind: 'internal',
    says: 'A harvest reports a log’s bits and clears them, between calls.',
    cites: [semantics('Dirty logs'), thread('Peter Xu 2022-08-18')],
    match: { self: { at: 'harvest' } },
    when: [mayHarvest, betweenCalls],
    choose: cells =>
      [...new Set((cells.spaces[0]?.published.slots ?? []).map(s => s.log).filter(log => log >= 0))].map(
        log => ({ log }),
      ),
    rewrite: (cells, { log }) => {
      const n = log as number
      const bits = cells.logs[n] ?? 0
      const harvester = { ...cells.self, left: cells.self.left - 1 }
      return {
        ...cells,
        self: harvester,
        harvester,
        logs: cells.logs.with(n, 0),
        unreported: cells.unreported.with(n, (cells.unreported[n] ?? 0) & ~bits),
      }
    },
  }),
]

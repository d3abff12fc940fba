import { not, type Rule } from '../../rewrite/index.js'
import type { OfVcpu, StepCells } from '../../terms/steps/cells.js'
import { pageBit } from '../../terms/steps/slots.js'
import type { Want } from '../../terms/steps/world.js'
import { become, beginsNow, complete } from './become.js'
import { lookUpRules } from './look-up.js'
import { blocked, mayRun, maySwitch, worthRetrying, writesData } from './meets.js'
import { observeFreed } from './observe.js'
import { station } from './station.js'

const mark = (cells: OfVcpu): StepCells => {
  const { hold } = cells.self
  if (hold === null || hold.log < 0) return complete(cells)
  const { log, hva } = hold
  const bits = cells.logs[log] ?? 0
  if (bits < 0) return complete(cells, { seen: observeFreed(cells, cells.self) })
  const bit = pageBit(hva)
  return complete(cells, {
    logs: cells.logs.with(log, bits | bit),
    unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) | bit),
  })
}

export const vcpuStepRules: readonly Rule<StepCells>[] = [
  station(
    'vcpu.begin',
    'ready',
    'A vCPU begins any access it may make.',
    [mayRun],
    (cells, { want }) =>
      become(cells, {
        at: 'looking',
        want: want as Want,
        next: 0,
        left: cells.self.left - 1,
        began: beginsNow(cells),
        explained: 3,
      }),
    cells => cells.world.menu.map(want => ({ want })),
  ),
  station(
    'vcpu.switch',
    'ready',
    'Between instructions a vCPU enters SMM, which has a space of its own, or leaves it.',
    [mayRun, maySwitch],
    (cells, { space }) => become(cells, { space: space as number, switches: cells.self.switches - 1 }),
    ({ self, spaces }) => spaces.flatMap((_, space) => (space === self.space ? [] : [{ space }])),
  ),
  ...lookUpRules,
  station('vcpu.data', 'held', 'The bytes of a read or fetch are taken.', [not(writesData)], cells =>
    complete(cells),
  ),
  station('vcpu.store', 'held', 'The bytes of a write are stored.', [writesData], cells =>
    become(cells, { at: 'marking' }),
  ),
  station('vcpu.mark', 'marking', 'The write is marked in its slot’s log, and is complete.', [], mark),
  station(
    'vcpu.retry',
    'waiting',
    'A waiting access looks up again once it need not wait: what it finds then is its turn.',
    [mayRun, not(blocked), worthRetrying],
    cells => become(cells, { at: 'looking', began: beginsNow(cells) }),
  ),
]

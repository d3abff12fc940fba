import { not, type Rule } from '../../rewrite/index.js'
import { noting, type OfVcpu, type StepCells } from '../../terms/steps/cells.js'
import type { Want } from '../../terms/steps/world.js'
import { become, beginsNow, complete } from './become.js'
import { lookUpRules } from './look-up.js'
import { blocked, frameOf, mayRun, maySwitch, worthRetrying, writesData } from './meets.js'
import { station } from './station.js'

/** A write that began after the return and that the new set logs must be marked. */
const unlogged = (cells: OfVcpu): Partial<StepCells> => {
  const { self, world, updater, seen } = cells
  const now = world.new[frameOf(cells)] ?? null
  const missed =
    self.space === 0 &&
    updater.ended === 'returned' &&
    self.began === 'returned' &&
    now?.logged === true &&
    !now.ro
  return missed
    ? {
        seen: noting(
          seen,
          'lost',
          `vCPU ${self.id} writes frame ${frameOf(cells)} unmarked after logging was switched on`,
        ),
      }
    : {}
}

/** Bits of a log stand by host page: the same page of a slot whichever frame it has. */
const mark = (cells: OfVcpu): StepCells => {
  const { hold } = cells.self
  if (hold === null || hold.log < 0) return complete(cells, unlogged(cells))
  const { log, hva, frame } = hold
  const bits = cells.logs[log] ?? 0
  if (bits < 0) {
    const what = `vCPU ${cells.self.id} marks frame ${frame} in a bitmap that was freed`
    return complete(cells, { seen: noting(cells.seen, 'lost', what) })
  }
  const bit = 1 << hva
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

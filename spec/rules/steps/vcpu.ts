import { not, type Rule } from '../../rewrite/index.js'
import type { OfVcpu, StepCells, Translation } from '../../terms/steps/cells.js'
import { pageBit } from '../../terms/steps/slots.js'
import type { Want } from '../../terms/steps/world.js'
import { become, beginsNow, complete, free } from './become.js'
import { lookUpRules } from './look-up.js'
import { flush, marksOf } from './marks.js'
import {
  begun,
  blocked,
  interrupted,
  isOfKernel,
  locked,
  mayRun,
  maySwitch,
  noted,
  worthRetrying,
  writesData,
} from './meets.js'
import { isDue, observeFreed } from './observe.js'
import { station } from './station.js'

/** The write is noted, and completes so. */
const note = (cells: OfVcpu, { space, frame, hva }: Translation): StepCells => {
  const noted = { space, frame, hva, due: isDue(cells, cells.self, frame, hva) }
  const others = cells.self.buffer.filter(n => n.space !== space || n.frame !== frame || n.hva !== hva)
  const same = cells.self.buffer.find(n => n.space === space && n.frame === frame && n.hva === hva)
  const buffer = [...others, { ...noted, due: noted.due || same?.due === true }].toSorted(
    (a, b) => a.space - b.space || a.frame - b.frame || a.hva - b.hva,
  )
  const self = { ...cells.self, buffer }
  return complete({ ...cells, self })
}

const mark = (cells: OfVcpu): StepCells => {
  const { hold } = cells.self
  const marks = marksOf(cells, cells.self)
  if (hold !== null && marks === 'buffered') return note(cells, hold)
  if (hold === null || hold.log < 0) return complete(cells)
  const { log, hva } = hold
  const bits = cells.logs[log] ?? 0
  if (bits < 0) return complete(cells, { seen: observeFreed(cells, cells.self) })
  const bit = pageBit(hva)
  return complete(cells, {
    ...(marks === 'first' ? {} : { logs: cells.logs.with(log, bits | bit) }),
    unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) | bit),
  })
}

const flushedOf = (cells: OfVcpu): Pick<StepCells, 'logs' | 'unreported' | 'seen'> => {
  const { logs, unreported, seen } = flush(cells, [cells.self.id])
  return { logs, unreported, seen }
}

const flushAt = (id: string, at: 'ready' | 'done', says: string): Rule<StepCells> =>
  station(
    id,
    at,
    `${says}: each noted write is marked in the log of the slot that is there now.`,
    [noted],
    cells => become(cells, { buffer: [] }, flushedOf(cells)),
  )

/** What is asked of a vCPU that holds nothing, for which it needs the lock of calls. */
const askedAt = (id: string, at: 'ready' | 'waiting', when: string): Rule<StepCells> =>
  station(
    id,
    at,
    `A request comes to the vCPU, ${when}, that changes an internal slot: it wants the lock of calls, and holds nothing.`,
    [mayRun, interrupted],
    cells => become(cells, { at: 'asking', interrupts: cells.self.interrupts - 1 }),
  )

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
    ({ self, world }) => world.menu.flatMap(want => (self.out && !isOfKernel(want) ? [] : [{ want }])),
  ),
  station(
    'vcpu.switch',
    'ready',
    'Between instructions a vCPU enters SMM, which has a space of its own, or leaves it.',
    [mayRun, maySwitch],
    (cells, { space }) => become(cells, { space: space as number, switches: cells.self.switches - 1 }),
    ({ self, spaces }) => spaces.flatMap((_, space) => (space === self.space ? [] : [{ space }])),
  ),
  flushAt('vcpu.flush', 'ready', 'At an exit the vCPU’s buffer is flushed'),
  flushAt('vcpu.flush-last', 'done', 'The buffer of a vCPU that makes no access any more is flushed'),
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
  station(
    'vcpu.abandon',
    'waiting',
    'A waiting access is given up: a signal ends KVM_RUN with EINTR, or an interrupt takes the guest elsewhere. Nothing is kept of it, and no turn is owed to it.',
    [interrupted, not(begun)],
    cells => become(cells, { ...free(cells), interrupts: 0 }),
  ),
  askedAt('vcpu.asked', 'ready', 'between instructions'),
  askedAt('vcpu.asked-waiting', 'waiting', 'before it looks up again'),
  station(
    'vcpu.change-internal',
    'asking',
    'The vCPU takes the lock of calls, changes an internal slot, and goes on where it was.',
    [not(locked)],
    cells => become(cells, { at: cells.self.want === null ? 'ready' : 'waiting' }),
  ),
]

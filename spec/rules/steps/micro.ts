import {
  NOWHERE,
  noting,
  type OfUpdater,
  type StepCells,
  type StepVcpu,
  type Translation,
  type Updater,
} from '../../terms/steps/cells.js'
import type { Micro } from '../../terms/steps/script.js'
import { sameSlots } from '../../terms/steps/slots.js'
import { isWaiting, waitsInside } from '../../terms/steps/waits.js'
import { isOneUnit } from './unit.js'

type Doing<K extends Micro['kind']> = Extract<Micro, { kind: K }>

export const microOf = <K extends Micro['kind']>(cells: OfUpdater, _: K): Doing<K> =>
  cells.world.script[cells.self.pc] as Doing<K> // dispatched on it

/** The updater at a place of its script; beyond its end it is idle. */
const at = (cells: StepCells, pc: number, ended: Updater['ended'] = cells.updater.ended): Updater => ({
  kind: 'updater',
  pc,
  ended,
  at: cells.world.script[pc]?.kind ?? 'idle',
})

export const go = (
  cells: OfUpdater,
  pc: number,
  rest: Partial<StepCells> = {},
  ended?: Updater['ended'],
): StepCells => {
  const updater = at(cells, pc, ended)
  return { ...cells, ...rest, self: updater, updater }
}
export const on = (cells: OfUpdater, rest: Partial<StepCells> = {}): StepCells =>
  go(cells, cells.self.pc + 1, rest)

/** Whether a vCPU holds something, or is in the middle of what counts as one access. */
export const inFlight = (cells: StepCells, v: StepVcpu): boolean =>
  v.hold !== null || (v.next > 0 && v.at === 'looking' && isOneUnit(cells, v))

/** Whether the script still comes to a step that awaits turns: only then is it noted which vCPUs are owed one. */
const willAwaitTurns = ({ world: { script }, self }: OfUpdater): boolean => {
  const awaits = (from: number) => script.some((m, i) => i >= from && m.kind === 'await-turns')
  return awaits(self.pc) || script.some((m, i) => i >= self.pc && m.kind === 'goto' && awaits(m.to))
}

/** A remembered hole is of one published set of its space: the next set makes it void, in whatever space the vCPU is. */
const forgetting = ({ world }: OfUpdater, v: StepVcpu, space: number): StepVcpu =>
  world.behaviour.absences === true && v.cache.some(t => t.space === space && t.hva === NOWHERE)
    ? { ...v, cache: v.cache.filter(t => t.space !== space || t.hva !== NOWHERE) }
    : v

export const publish = (cells: OfUpdater): StepCells => {
  const { space, set } = microOf(cells, 'publish')
  const now = cells.spaces[space]
  const spaces = cells.spaces.with(space, { published: set, other: now?.published ?? set })
  const unblocks =
    set.blocked.length === 0 && set.noWrites.length === 0 && set.held === undefined && willAwaitTurns(cells)
  const vcpus = cells.vcpus.map(was => {
    const v = forgetting(cells, was, space)
    if (v.space !== space) return v
    const older = v.older || inFlight(cells, v)
    const owedTurn = v.owedTurn || (unblocks && isWaiting(v) && waitsInside(cells, v))
    return older === v.older && owedTurn === v.owedTurn ? v : { ...v, older, owedTurn }
  })
  return on(cells, { spaces, vcpus })
}

/** What is in flight when a gate shuts holds a read side that began before; what waits when all may go on is owed a turn. */
export const hold = (cells: OfUpdater): StepCells => {
  const { held } = microOf(cells, 'hold')
  const spaces = cells.spaces.map(({ published: { held: _, ...set }, other }) => ({
    published: held === null ? set : { ...set, held },
    other,
  }))
  const owes = held === null && willAwaitTurns(cells)
  const vcpus = cells.vcpus.map(v => {
    const older = v.older || (held !== null && inFlight(cells, v))
    const owedTurn = v.owedTurn || (owes && isWaiting(v) && waitsInside(cells, v))
    return older === v.older && owedTurn === v.owedTurn ? v : { ...v, older, owedTurn }
  })
  return on(cells, { spaces, vcpus })
}

export const revoke = (cells: OfUpdater): StepCells => {
  const { frames, writes, space } = microOf(cells, 'revoke')
  const concerned = (t: Translation) =>
    t.space === space &&
    (frames.includes(t.frame) || (!writes && t.via !== undefined && frames.includes(t.via.frame)))
  // On every vCPU, whatever space it is in now: the frames are those of the space the update concerns.
  const vcpus = cells.vcpus.map(v => {
    if (!v.cache.some(concerned)) return v
    const cache = v.cache.flatMap(t => (!concerned(t) ? [t] : writes ? [{ ...t, ro: true }] : []))
    return { ...v, cache }
  })
  return on(cells, { vcpus })
}

export const carry = (cells: OfUpdater): StepCells => {
  const logs = [...cells.logs]
  const unreported = [...cells.unreported]
  for (const { from, page, to, at: target } of microOf(cells, 'carry').carries) {
    const bit = 1 << page
    if ((logs[from] ?? 0) > 0 && ((logs[from] ?? 0) & bit) !== 0) {
      logs[to] = (logs[to] ?? 0) | (1 << target)
      if (((unreported[from] ?? 0) & bit) !== 0) {
        unreported[from] = (unreported[from] ?? 0) & ~bit
        unreported[to] = (unreported[to] ?? 0) | (1 << target)
      }
    }
  }
  return on(cells, { logs, unreported })
}

export const retire = (cells: OfUpdater): StepCells => {
  const { log, pages } = microOf(cells, 'retire')
  const reported = pages.reduce((bits, page) => bits | (1 << page), 0) & (cells.logs[log] ?? 0)
  return on(cells, { unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) & ~reported) })
}

export const free = (cells: OfUpdater): StepCells => {
  const { log } = microOf(cells, 'free')
  const lost = (cells.unreported[log] ?? 0) !== 0
  const isOther = cells.world.other.slots.some(slot => slot.log === log)
  const seen = lost
    ? noting(
        cells.seen,
        isOther ? 'otherSpace' : 'lost',
        `bitmap ${log} is freed with bits ${(cells.unreported[log] ?? 0).toString(2)} that nobody has read`,
      )
    : cells.seen
  return on(cells, { logs: cells.logs.with(log, -1), unreported: cells.unreported.with(log, 0), seen })
}

/** What a GET reports is the caller's; a bitmap that is gone has nothing to report. */
export const getLog = (cells: OfUpdater): StepCells => {
  const { log } = microOf(cells, 'get-log')
  const bits = Math.max(0, cells.logs[log] ?? 0)
  return on(cells, {
    logs: cells.logs.with(log, 0),
    unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) & ~bits),
  })
}

/** With the VMM its vCPUs have ended, in whatever they were doing, and its logs. */
export const abort = (cells: OfUpdater): StepCells => {
  const vcpus = cells.vcpus.map(
    (v): StepVcpu => ({ ...v, ...gone, explained: 3, began: 'before', cache: [], also: [] }),
  )
  return go(
    cells,
    cells.world.script.length,
    {
      vcpus,
      unreported: cells.unreported.map(() => 0),
      harvester: { ...cells.harvester, left: 0 },
    },
    'aborted',
  )
}
const gone = {
  at: 'done',
  left: 0,
  want: null,
  next: 0,
  hold: null,
  older: false,
  out: false,
  owedTurn: false,
  walked: null,
  switches: 0,
  interrupts: 0,
  buffer: [],
} as const

export const pause = (cells: OfUpdater): StepCells => {
  const kept =
    cells.vcpus.some(v => v.left > 0) &&
    cells.world.menu.some(want => want.frames.every(f => (cells.world.owed[f] ?? 'no') === 'no'))
  const seen = kept
    ? noting(cells.seen, 'disturbed', 'vCPUs are kept out of KVM_RUN, whatever they would do')
    : cells.seen
  return on(cells, { vcpus: cells.vcpus.map(v => ({ ...v, out: true })), seen })
}

/** At rest the two sets of a space are the same; a call that returns leaves them so. */
const agreement = (cells: OfUpdater): StepCells['seen'] => {
  const apart = cells.spaces.findIndex(s => !sameSlots(s.published.slots, s.other.slots))
  return apart < 0
    ? cells.seen
    : noting(cells.seen, 'disagree', `the two sets of space ${apart} differ at rest`)
}

export const end = (cells: OfUpdater): StepCells => {
  const last = cells.self.pc + 1 >= cells.world.script.length
  const seen = agreement(cells)
  return last ? go(cells, cells.world.script.length, { seen }, 'returned') : on(cells, { seen })
}

export const fail = (cells: OfUpdater): StepCells => {
  const now = cells.spaces[0]?.published
  const clean =
    now !== undefined &&
    sameSlots(now.slots, cells.world.before) &&
    now.blocked.length === 0 &&
    now.noWrites.length === 0
  const agreed = agreement(cells)
  const seen = clean ? agreed : noting(agreed, 'trace', 'the update failed, and the set is not what it was')
  return go(cells, cells.world.script.length, { seen }, 'failed')
}

import type { Machine } from '../machine.js'
import type { Slot, SlotChange } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import { releaseAll } from '../readers/claim.js'
import { awaitHolders } from '../threads/await-readers.js'
import { takeOver } from '../threads/lock.js'
import { freeLogs, freeOldLogs } from '../update/free-logs.js'
import type { Journal, JournaledUpdate } from '../update/journal.js'
import type { Retired } from './batch/batch-call.js'
import { retire } from './batch/result.js'
import { settleLogs } from './batch/settle.js'
import { type OldSlots, planLogs } from './batch/sources.js'
import { completeInternalSlots } from './internal-slot.js'

/**
 * What became of the call in which a thread has died.
 *
 * - `none`: it was in no call, or in one of which there is nothing to finish or undo
 * - `undone`: its update had not published its new set: slots and logs are as before, and the generation has stepped
 *   twice or not at all
 * - `finished`: its update had, and is over. `retired` is what the call would have returned of retired bits, with their
 *   pages; of a call that changes one slot, what it discards
 * - `marked`: it was taking or clearing bits of a dirty log: all pages of that slot are dirty again
 */
export type Recovered =
  | { readonly call: 'none' }
  | { readonly call: 'undone'; readonly as: number; readonly generation: number }
  | {
      readonly call: 'finished'
      readonly as: number
      readonly generation: number
      readonly retired: readonly Retired[]
    }
  | { readonly call: 'marked'; readonly as: number; readonly id: number }

const NONE: Recovered = Object.freeze({ call: 'none' })

/**
 * Releases every reader of thread `owner`, which has ended, and ends the call in which it died, if it was in one: takes
 * the lock over and finishes or undoes what the journal says. If this thread dies meanwhile another may recover from it.
 * @throws StuckCall if another thread than `owner` is in a call
 * @throws StuckReader if a living reader holds an old set; the next call of this thread then goes on. If that is
 * `recover` again, it tells what became of the call
 */
export function recover(machine: Machine, owner: number): Recovered {
  releaseAll(machine, owner)
  const { control, journal } = machine
  if (machine.unfinished !== undefined) return goOn(machine, machine.unfinished)
  if (journal === undefined || !takeOver(control, owner, machine.owner)) {
    machine.begin()
    machine.end()
    return NONE
  }
  control.renew()
  return goOn(machine, () => repair(machine, journal))
}

/** Does what is left to be done; where that must be interrupted, the machine keeps it for its next call. */
function goOn(machine: Machine, rest: () => unknown): Recovered {
  machine.unfinished = rest
  try {
    machine.requireLock()
    const recovered = rest()
    machine.unfinished = undefined
    return isRecovered(recovered) ? recovered : NONE
  } finally {
    machine.end()
  }
}

function isRecovered(rest: unknown): rest is Recovered {
  return typeof rest === 'object' && rest !== null && 'call' in rest
}

/** Every part may be done again. */
function repair(machine: Machine, journal: Journal): Recovered {
  const ended = journal.call === machine.call ? endCall(machine, journal) : endLast(machine, journal)
  machine.memory.recover()
  // An internal slot is one update for each space: its call is finished if one of them was.
  const recovered: Recovered = completeInternalSlots(machine)
    ? { call: 'finished', as: 0, generation: machine.space(0).generation, retired: [] }
    : ended
  machine.logs.recover(liveLogs(machine, journal))
  for (const space of spacesOf(machine)) space.wake()
  return recovered
}

/** The thread died as its call began: what is left is of the call before, whose outcome has been told. */
function endLast(machine: Machine, journal: Journal): Recovered {
  freeOldLogs(machine.logs, journal)
  return NONE
}

function endCall(machine: Machine, journal: Journal): Recovered {
  switch (journal.phase) {
    case 'none':
      return NONE
    case 'harvest':
      return markAll(machine, journal.log)
    case 'roll-back':
      return undo(machine, journal)
    case 'update':
    case 'done':
      return isPublished(machine, journal.update) ? finish(machine, journal) : undo(machine, journal)
  }
}

function isPublished(machine: Machine, { as, ticket, changes }: JournaledUpdate): boolean {
  const space = machine.space(as)
  return changes.length > 0 && space.ticket !== ticket && space.blocked === 0
}

/** The old set is published, perhaps with blocked frames: both sets become the old one, and nothing is blocked. */
function undo(machine: Machine, journal: Journal): Recovered {
  const { control, patience } = machine
  const { as, changes } = countSwaps(machine, journal)
  const space = machine.space(as)
  const drainOther = () => awaitHolders(control, as, space.ticket - 1, patience, 'block')
  drainOther()
  space.restoreOther()
  space.blockOther(0)
  if (space.blocked !== 0) {
    journal.phase = 'roll-back'
    space.swap()
    space.wake()
    drainOther()
    space.blockOther(0)
  }
  freeLogs(machine.logs, changes, 'next', journal)
  journal.phase = 'none'
  return { call: 'undone', as, generation: space.generation }
}

/** The new set is published: its logs are settled, and the other set becomes equal. */
function finish(machine: Machine, journal: Journal): Recovered {
  const { control, patience, logs } = machine
  const { as, changes } = countSwaps(machine, journal)
  const space = machine.space(as)
  space.wake()
  awaitHolders(control, as, space.ticket - 1, patience, 'publish')
  const intents = changes.map(({ old, next }) => ({ id: (old ?? next)!.id, old, wanted: next }))
  const plan = planLogs(oldSlots(changes), intents)
  settleLogs(machine, changes, plan)
  const kept = plan.retiredPages.filter(({ old }) => old.log !== NO_LOG)
  const retired = retire(logs, kept, true)
  space.restoreOther()
  space.blockOther(0)
  journal.phase = 'done'
  return { call: 'finished', as, generation: space.generation, retired }
}

/** The update in the journal, after the swaps have been counted again: the thread may have died in the middle of one. */
function countSwaps(machine: Machine, { update }: Journal): JournaledUpdate {
  const { as, ticket, swaps } = update
  machine.control.setSwaps(as, swaps + ((machine.space(as).ticket - ticket) | 0))
  return update
}

/** Nobody knows which bits were taken, and from what: all pages may be dirty. */
function markAll(machine: Machine, log: number): Recovered {
  const { logs } = machine
  logs.fill(log, 0, logs.npages(log), true)
  for (const space of spacesOf(machine)) {
    const slot = space.current.all().find(slot => slot.log === log)
    if (slot) return { call: 'marked', as: space.index, id: slot.id }
  }
  throw new Error(`no slot has log ${log}`) // a log is taken from its slot, under the lock
}

/** The slots that change, as they were before, by frame: no other slot is the source of a bit that is carried. */
function oldSlots(changes: readonly SlotChange[]): OldSlots {
  const slots = changes.flatMap(({ old }) => (old ? [old] : [])).sort((a, b) => a.base - b.base)
  return {
    inFrames: (base, npages): Slot[] => {
      let from = 0
      for (let end = slots.length; from < end; ) {
        const middle = (from + end) >>> 1
        const { base: first, npages: length } = slots[middle]!
        if (first + length <= base) from = middle + 1
        else end = middle
      }
      let to = from
      while (to < slots.length && slots[to]!.base < base + npages) to++
      return slots.slice(from, to)
    },
  }
}

/** The logs of all slots, and those that the next call frees. */
function liveLogs(machine: Machine, journal: Journal): Set<number> {
  const logs = new Set<number>()
  for (const space of spacesOf(machine)) for (const { log } of space.current.all()) logs.add(log)
  if (journal.phase === 'done') for (const { old } of journal.update.changes) logs.add(old?.log ?? NO_LOG)
  logs.delete(NO_LOG)
  return logs
}

function spacesOf(machine: Machine) {
  return Array.from({ length: machine.limits.spaces }, (_, as) => machine.space(as))
}

import type { DirtyLogs } from '../../dirty/logs.js'
import type { Machine } from '../../machine.js'
import { type Shape, type SlotChange, samePlace } from '../../memslots/slot.js'
import { NO_LOG } from '../../memslots/slot-columns.js'
import type { Intent } from './intent.js'
import type { Carry, LogPlan } from './sources.js'

/**
 * Makes the slots of the new set, with their logs as they are at publication: a page is clear, or set if it has no
 * source and fresh logs are all set. Undefined, with nothing left of it, where memory for a log is short.
 *
 * @param generation that of the set to be published
 */
export function newSlots(
  machine: Machine,
  intents: readonly Intent[],
  plan: LogPlan,
  generation: number,
): SlotChange[] | undefined {
  const changes: SlotChange[] = []
  for (const { old, wanted } of intents) {
    if (!wanted) {
      changes.push({ old, next: undefined })
      continue
    }
    const logged = machine.keepsBitmap(wanted)
    const log = logged ? logOf(machine, wanted, plan) : NO_LOG
    if (logged && log === NO_LOG) {
      discardLogs(machine, changes)
      return undefined
    }
    const since = old && samePlace(old, wanted) ? old.since : generation
    const { id, base, npages, hva, flags } = wanted
    changes.push({ old, next: { id, base, npages, hva, flags, log, since } })
  }
  return changes
}

/**
 * ORs each source's bits into the page that continues it, or hands them over: the last holder of the old set has drained,
 * and a log that is a source and not the slot's own any more is about to be freed.
 */
export function settleLogs({ logs }: Machine, changes: readonly SlotChange[], plan: LogPlan): void {
  for (const { next } of changes) {
    if (!next || next.log === NO_LOG) continue
    for (const { old, from, to, count } of plan.carries.get(next.id)!) {
      if (old.log === next.log) continue
      if (plan.doubled.has(old.id)) logs.merge(next.log, old.log, from, to, count)
      else logs.handOver(next.log, old.log, from, to, count)
    }
  }
}

/** Frees the logs of the old slots that no slot goes on with. */
export function freeLogs({ logs }: Machine, changes: readonly SlotChange[]): void {
  for (const { old, next } of changes) {
    if (old && old.log !== NO_LOG && old.log !== next?.log) logs.free(old.log)
  }
}

/** Frees the logs that were made for slots which are not to be after all. */
export function discardLogs({ logs }: Machine, changes: readonly SlotChange[]): void {
  for (const { old, next } of changes) {
    if (next && next.log !== NO_LOG && next.log !== old?.log) logs.free(next.log)
  }
}

function logOf(machine: Machine, wanted: Shape, plan: LogPlan): number {
  const carries = plan.carries.get(wanted.id)!
  const [first] = carries
  if (first && carries.length === 1 && isItsAlone(first, wanted, plan)) return first.old.log
  const log = machine.freshLog(wanted.npages)
  if (log !== NO_LOG && machine.startsAllSet) clearContinued(machine.logs, log, carries)
  return log
}

function clearContinued(logs: DirtyLogs, log: number, carries: readonly Carry[]): void {
  for (const { to, count } of carries) logs.fill(log, to, count, false)
}

/**
 * Whether a slot just goes on with its own log, which it may then keep. A slot whose pages move away can be the source
 * of another one too, and what is marked through the one is not to show in the other: then each has its own.
 */
function isItsAlone({ old, count }: Carry, wanted: Shape, { carries }: LogPlan): boolean {
  if (old.id !== wanted.id || count !== wanted.npages || count !== old.npages) return false
  for (const [id, sources] of carries) {
    if (id !== wanted.id && sources.some(source => source.old.id === old.id)) return false
  }
  return true
}

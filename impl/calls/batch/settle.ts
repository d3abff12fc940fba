import type { DirtyLogs } from '../../dirty/logs.js'
import type { Machine } from '../../machine.js'
import { type Shape, type SlotChange, samePlace } from '../../memslots/slot.js'
import { NO_LOG } from '../../memslots/slot-columns.js'
import { freeLogs } from '../../update/free-logs.js'
import type { Intent } from './intent.js'
import type { Carry, LogPlan } from './sources.js'

/**
 * Makes the slots of the new set, with their logs as at publication: a page is clear, or set if it has no source and
 * fresh logs start all set. Undefined without memory for a log; those made before are freed again.
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
      freeLogs(machine.logs, changes, 'next', undefined)
      return undefined
    }
    const since = old && samePlace(old, wanted) ? old.since : generation
    const { id, base, npages, hva, flags } = wanted
    changes.push({ old, next: { id, base, npages, hva, flags, log, since } })
  }
  return changes
}

/**
 * Carries the bits: ORs them into the new logs, or hands whole chunks over. The old set has no holders any more, and a
 * source that no slot keeps is freed afterwards, so its chunks may change hands. May be done again, by another thread
 * where one has died on the way: no log has been freed by then.
 */
export function settleLogs({ logs }: Machine, changes: readonly SlotChange[], plan: LogPlan): void {
  for (const { next } of changes) {
    if (!next || next.log === NO_LOG) continue
    for (const { old, from, to, count } of plan.carries.get(next.id)!) {
      if (old.log === next.log) continue
      if (plan.carriedTwice.has(old.id)) logs.merge(next.log, old.log, from, to, count)
      else logs.handOver(next.log, old.log, from, to, count)
    }
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
 * Whether a slot may keep its own log: it carries every page of it, and no other slot carries any. Slots that carry
 * bits of one log each get a log of their own, so that a mark made through one does not show in the other.
 */
function isItsAlone({ old, count }: Carry, wanted: Shape, { carries }: LogPlan): boolean {
  if (old.id !== wanted.id || count !== wanted.npages || count !== old.npages) return false
  for (const [id, sources] of carries) {
    if (id !== wanted.id && sources.some(source => source.old.id === old.id)) return false
  }
  return true
}

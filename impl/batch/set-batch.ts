import type { BatchCall, BatchOutcome, BatchRefused, Failure } from '../calls.js'
import { HARVEST } from '../calls.js'
import { copyInErrno } from '../checks.js'
import type { Machine } from '../machine.js'
import { classify, isOwed } from './classes.js'
import { intended } from './intent.js'
import { resultBound, retire } from './result.js'
import { newSlots } from './settle.js'
import { planLogs } from './sources.js'
import { headerErrno, refusedEntry } from './stages.js'

/**
 * Changes any number of slots of one space at once (SEMANTICS §2): validate, prepare, block what is owed, publish,
 * settle the logs. Nothing fails after the first swap; there are at most two, and none if nothing changes.
 */
export function setBatch(machine: Machine, b: BatchCall, failure: Failure): BatchOutcome {
  const errno = copyInErrno(failure) ?? headerErrno(machine.limits, b)
  if (errno) return { errno, index: -1 }

  const space = machine.spaces[b.as]!
  const set = space.current
  const refused = refusedEntry(machine.limits, set, b.entries)
  if (refused) return refused
  const intent = intended(machine, set, b.entries)
  if ('refused' in intent) return intent.refused

  const { intents } = intent
  const harvest = (b.flags & HARVEST) !== 0
  const plan = planLogs(set, intents)
  const unprepared = prepareRefusal(b, resultBound(plan.leftovers, harvest), intents.length > 0, failure)
  if (unprepared) return unprepared

  const retired = retire(plan.leftovers, harvest)
  if (intents.length > 0) {
    const owing = classify(intents).some(segment => isOwed(segment.class))
    const changes = newSlots(machine, intents, plan, space.generationAfter(owing ? 2 : 1))
    if (owing) space.block()
    space.publish(changes)
  }
  const { generation } = space
  if (wantsRecords(b)) return { generation, retired }
  return { generation, retiredCount: retired.reduce((total, { count }) => total + count, 0) }
}

/** No result space means that only the number of retired pages is wanted; a harvest has no such form. */
function wantsRecords(b: BatchCall): boolean {
  return b.resultSize > 0n || (b.flags & HARVEST) !== 0
}

/** Stage 4: room for the result, memory for what is to be made, and that the result can be written. */
function prepareRefusal(
  b: BatchCall,
  bound: bigint,
  changes: boolean,
  failure: Failure,
): BatchRefused | undefined {
  if (wantsRecords(b) && b.resultSize < bound) return { errno: 'ENOSPC', index: -1, bound }
  if (failure.allocation && changes) return { errno: 'ENOMEM', index: -1 }
  const writes = b.resultSize > 0n && bound > 0n
  if (failure.result === 'bad' && writes) return { errno: 'EFAULT', index: -1 }
  return undefined
}

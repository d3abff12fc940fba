import type { Machine } from '../../machine.js'
import type { OwedFrames } from '../../update/blocked-frames.js'
import { run } from '../../update/protocol.js'
import { copyInErrno } from '../checks.js'
import type { Failure } from '../outcome.js'
import { type BatchCall, type BatchOutcome, type BatchRefused, HARVEST, type Retired } from './batch-call.js'
import { classify, isOwed, type Segment } from './classes.js'
import { type Intent, intended } from './intent.js'
import { resultBound, retire } from './result.js'
import { newSlots, settleLogs } from './settle.js'
import { type LogPlan, planLogs } from './sources.js'
import { headerErrno, refusedEntry } from './stages.js'

/**
 * Changes any number of slots of one space at once (semantics.md §2): validate, prepare, block what is owed, publish,
 * settle the logs. Nothing fails after the first swap; there are at most two, and none if nothing changes.
 */
export function setBatch(machine: Machine, b: BatchCall, failure: Failure): BatchOutcome {
  const errno = copyInErrno(failure) ?? headerErrno(machine.limits, b)
  if (errno) return { errno, index: -1 }

  const space = machine.space(b.as)
  const set = space.current
  const refused = refusedEntry(machine.limits, set, b.entries)
  if (refused) return refused
  const intent = intended(machine, set, b.entries)
  if ('refused' in intent) return intent.refused

  const { intents } = intent
  const harvest = (b.flags & HARVEST) !== 0
  const plan = planLogs(set, intents)
  const unprepared = prepareRefusal(b, resultBound(plan.retiredPages, harvest), intents.length > 0, failure)
  if (unprepared) return unprepared

  const retired = intents.length > 0 ? update(machine, b.as, intents, plan, harvest) : []
  if (typeof retired === 'string') return { errno: retired, index: -1 }
  const { generation } = space
  if (wantsRecords(b)) return { generation, retired }
  return { generation, retiredCount: retired.reduce((total, { count }) => total + count, 0) }
}

/** Without result space, and without HARVEST, a batch only counts its retired pages. */
function wantsRecords(b: BatchCall): boolean {
  return b.resultSize > 0n || (b.flags & HARVEST) !== 0
}

/** Stage 4: is there room for the result, memory for slots and logs, and can the result be written? */
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

/**
 * Allocates what the update needs and carries it out: the records of retired bits, or the errno if nothing has
 * happened.
 */
function update(
  machine: Machine,
  as: number,
  intents: readonly Intent[],
  plan: LogPlan,
  harvest: boolean,
): Retired[] | 'ENOMEM' | 'EINTR' {
  const space = machine.space(as)
  const owed = classify(intents).filter(isOwedSegment).map(owedFrames)
  const isReserved =
    space.reserve(intents.length) &&
    machine.blockedFrames.reserve(owed.length) &&
    (machine.journal?.reserve(intents.length) ?? true)
  if (!isReserved) return 'ENOMEM'
  const generation = space.generationAfter(owed.length > 0 ? 2 : 1)
  const changes = newSlots(machine, intents, plan, generation)
  if (changes === undefined) return 'ENOMEM'

  let retired: Retired[] = []
  const interrupted = run(machine, {
    space,
    changes,
    owed,
    settle: () => {
      settleLogs(machine, changes, plan)
      retired = retire(machine.logs, plan.retiredPages, harvest)
    },
  })
  return interrupted ?? retired
}

function isOwedSegment(segment: Segment): boolean {
  return isOwed(segment.class)
}

function owedFrames({ first, count, class: kind }: Segment): OwedFrames {
  return { first, count, writesOnly: kind === 'restricted' }
}

import type { AddressSpace } from '../memslots/address-space.js'
import { awaitHolders, awaitTurns } from '../threads/await-readers.js'
import { Interrupted, StuckReader, TakenOver } from '../threads/stuck.js'
import { freeLogs } from './free-logs.js'
import type { Update, UpdateContext } from './update.js'

/** One step of an update. */
export type Step = (context: UpdateContext, update: Update) => void

/**
 * Waits until every access that an earlier update made wait has had its turn: one lookup, before it may have to wait
 * again. Only an update that blocks pages waits for turns.
 */
export const awaitPendingTurns: Step = ({ control, patience }, { space, owed }) => {
  if (owed.length > 0 && !awaitTurns(control, space.index, patience)) throw new Interrupted()
}

/**
 * Publishes the set with the owed pages blocked. Both sets are equal; the list of blocked frames makes the difference.
 */
export const block: Step = (context, { space, owed }) => {
  if (owed.length === 0) return
  context.blockedFrames.set(owed)
  space.blockOther(owed.length)
  space.swap()
}

/**
 * Revokes and drains the owed pages. An access holds its set from translation to dirty mark, and no translation
 * outlives the set it was made in. So once the old set has no holders, no access to an owed page is in flight.
 */
export const drainOwed: Step = (context, { space, owed }) => {
  if (owed.length === 0) return
  try {
    awaitHolders(context.control, space.index, space.ticket - 1, context.patience, 'block')
  } catch (error) {
    if (error instanceof StuckReader) unblock(context, space)
    throw error
  }
}

/** Edits the unpublished set into the one to be published. */
export const edit: Step = (_, { space, changes }) => space.edit(changes)

/** Publishes the new set, and wakes the accesses that wait for it. */
export const publish: Step = (_, { space, owed }) => {
  space.swap()
  if (owed.length > 0) space.wake()
}

/**
 * Waits for the holders of the set published before the new one: of the blocked set if there was one, whose predecessor
 * is drained already, else of the old set. Among them are writes that the old set did not log and the new one does.
 */
export const drain: Step = ({ control, patience }, { space }) => {
  awaitHolders(control, space.index, space.ticket - 1, patience, 'publish')
}

/** ORs the old logs' final bits into the logs that carry them, and takes out the retired bits. */
export const settle: Step = (_, update) => update.settle()

/** Brings the set published before up to date, so that both are equal again. */
export const replay: Step = (_, { space }) => {
  space.follow()
  space.blockOther(0)
}

/**
 * Frees the logs of the old slots. Those of a VM that is shared are freed by its next call: until this one is over, what
 * it has retired can be told again.
 */
export const finish: Step = ({ logs, journal }, { changes }) => {
  if (journal === undefined) freeLogs(logs, changes, 'old', journal)
  else journal.phase = 'done'
}

/** Publishes the old set again, which has not been edited, and so unblocks what is owed. */
export const rollBack: Step = (context, { space }) => unblock(context, space)

/** The steps of an update, in order (semantics.md §2, phases). Stress puts other lists in its place: seeded faults. */
export type Protocol = readonly Step[]

export const PROTOCOL: Protocol = [
  awaitPendingTurns,
  block,
  drainOwed,
  edit,
  publish,
  drain,
  settle,
  replay,
  finish,
]

/** The steps of an update that fails after it has blocked what it owes. */
export const ROLLBACK_PROTOCOL: Protocol = [awaitPendingTurns, block, drainOwed, rollBack, finish]

/** A machine carries out updates: in which steps, and in which those that fail after blocking. */
export interface Updater extends UpdateContext {
  readonly protocol: Protocol
  readonly rollbackProtocol: Protocol
}

/**
 * Takes an update through its steps: undefined, or EINTR and nothing has happened. Of a VM that is shared it is written
 * down first, so that another thread can finish or undo it (`recover`).
 * @throws StuckReader; if the new set was published by then, the machine keeps the rest to be done by its next call
 * @throws TakenOver
 */
export function run(updater: Updater, update: Update): 'EINTR' | undefined {
  return start(updater, update, updater.protocol)
}

/**
 * Blocks and drains, and then publishes the set of before again: Linux's MOVE, when it fails after it has invalidated
 * its slot. Outcome and exceptions as of `run`.
 */
export function runAndRollBack(updater: Updater, update: Update): 'EINTR' | undefined {
  return start(updater, update, updater.rollbackProtocol)
}

function start(context: UpdateContext, update: Update, steps: Protocol): 'EINTR' | undefined {
  const { space, changes } = update
  const { index: as, ticket, swaps } = space
  context.journal?.begin(context.call, { as, ticket, swaps, changes })
  return runFrom(context, update, steps, 0)
}

function runFrom(context: UpdateContext, update: Update, steps: Protocol, from: number): 'EINTR' | undefined {
  const { logs, journal } = context
  for (let i = from; i < steps.length; i++) {
    try {
      context.requireLock()
      steps[i]!(context, update)
    } catch (error) {
      if (error instanceof TakenOver) throw error
      context.requireLock()
      if (error instanceof StuckReader && error.waiting === 'publish') {
        context.unfinished = () => runFrom(context, update, steps, i)
        throw error
      }
      freeLogs(logs, update.changes, 'next', journal)
      if (journal && context.unfinished === undefined) journal.phase = 'none'
      if (error instanceof Interrupted) return 'EINTR'
      throw error
    }
  }
  return undefined
}

/** Publishes the other set, which is equal but for the blocked frames, and takes these out of the one it replaces. */
function unblock(context: UpdateContext, space: AddressSpace): void {
  const { control, patience, journal } = context
  context.requireLock()
  if (journal) journal.phase = 'roll-back'
  space.swap()
  space.wake()
  const clear = (): void => {
    awaitHolders(control, space.index, space.ticket - 1, patience, 'block')
    context.requireLock()
    space.blockOther(0)
  }
  try {
    clear()
  } catch (error) {
    context.unfinished = () => {
      clear()
      if (journal) journal.phase = 'none'
    }
    throw error
  }
}

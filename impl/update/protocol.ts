import type { Machine } from '../machine.js'
import type { AddressSpace } from '../memslots/address-space.js'
import { awaitHolders, awaitTurns } from '../threads/await-readers.js'
import { Interrupted, StuckReader } from '../threads/trouble.js'
import type { Update } from './update.js'

/** One step of an update. */
export type Step = (machine: Machine, update: Update) => void

/** Every access that an earlier update made wait looks up once before it may have to wait again. Only where one would. */
export const awaitTheirTurns: Step = ({ control, patience }, { space, owed }) => {
  if (owed.length > 0 && !awaitTurns(control, space.index, patience)) throw new Interrupted()
}

/** Publishes the set with the owed pages blocked. Both sets are equal; the list of blocked frames makes the difference. */
export const block: Step = (machine, { space, owed }) => {
  if (owed.length === 0) return
  machine.blockedFrames.set(owed)
  space.blockOther(owed.length)
  space.swap()
}

/**
 * Revokes and drains. An access holds its set from translation to mark, and no translation is kept longer: when nobody
 * holds the old set, no access to an owed page is in flight.
 */
export const drainOwed: Step = (machine, { space, owed }) => {
  if (owed.length === 0) return
  try {
    awaitHolders(machine.control, space.index, space.ticket - 1, machine.patience, 'block')
  } catch (error) {
    if (error instanceof StuckReader) unblock(machine, space)
    throw error
  }
}

/** Makes the unpublished set what is to be published. */
export const edit: Step = (_, { space, changes }) => space.edit(changes)

/** Publishes the new set, and wakes the accesses that wait for it. */
export const publish: Step = (_, { space, owed }) => {
  space.swap()
  if (owed.length > 0) space.wake()
}

/**
 * Waits for the holders of the set published before: of the old one, or of the blocked one, since those of the old one
 * are gone then. Writes that the old set admitted to pages that are logged now are among them.
 */
export const drain: Step = ({ control, patience }, { space }) => {
  awaitHolders(control, space.index, space.ticket - 1, patience, 'publish')
}

/** ORs the old logs' final bits into the new ones, and takes out what nobody continues. */
export const settle: Step = (_, update) => update.settle()

/** Copies what was edited into the other set, so that both are equal again. */
export const replay: Step = (_, { space }) => {
  space.follow()
  space.blockOther(0)
}

/** The steps of an update, in order (SEMANTICS §2, phases). Tests put other lists in its place, to see faults noticed. */
export type Protocol = readonly Step[]
export const PROTOCOL: Protocol = [awaitTheirTurns, block, drainOwed, edit, publish, drain, settle, replay]

/**
 * Takes an update through its steps, `from` on: undefined, or EINTR and nothing has happened. @throws StuckReader; if the
 * new set was published by then, the machine keeps the rest to be done by its next call
 */
export function run(
  machine: Machine,
  update: Update,
  from = 0,
  protocol = machine.protocol,
): 'EINTR' | undefined {
  for (let i = from; i < protocol.length; i++) {
    try {
      protocol[i]!(machine, update)
    } catch (error) {
      if (error instanceof StuckReader && error.waiting === 'publish') {
        machine.unfinished = () => run(machine, update, i)
        throw error
      }
      update.discard()
      if (error instanceof Interrupted) return 'EINTR'
      throw error
    }
  }
  return undefined
}

/** Publishes the set of before again. */
export const giveUp: Step = (machine, { space }) => unblock(machine, space)

/** The steps of an update that fails after it has blocked what it owes. */
export const IN_VAIN: Protocol = [awaitTheirTurns, block, drainOwed, giveUp]

/** Blocks and drains, and then publishes the set of before again: Linux's MOVE, when it fails after it has invalidated. */
export function runInVain(machine: Machine, update: Update): 'EINTR' | undefined {
  return run(machine, update, 0, machine.inVain)
}

/** Publishes the set of before the blocking again, which nobody has edited. */
function unblock(machine: Machine, space: AddressSpace): void {
  const { control, patience } = machine
  space.swap()
  space.wake()
  const clear = (): void => {
    awaitHolders(control, space.index, space.ticket - 1, patience, 'publish')
    space.blockOther(0)
  }
  try {
    clear()
  } catch (error) {
    machine.unfinished = clear
    throw error
  }
}

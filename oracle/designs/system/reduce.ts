import type { Successor } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { holdsLock } from '../../../spec/terms/steps/lock.js'

/** Whether nothing can mark in a bitmap any more: no published slot has it, and no access holds a slot that has. */
const isOutOfReach = ({ spaces, vcpus }: StepCells, log: number): boolean =>
  spaces.every(({ published }) => published.slots.every(slot => slot.log !== log)) &&
  vcpus.every(v => v.hold?.log !== log && v.also.every(t => t.log !== log))

/**
 * Whether a harvest may be made while the updater is at this place of its script. No other step depends on the place.
 */
const admitsHarvest = (cells: StepCells, pc: number): boolean =>
  cells.harvester.left > 0 && !locksAt(cells, pc)

const locksAt = (cells: StepCells, pc: number): boolean =>
  holdsLock({ ...cells, updater: { ...cells.updater, pc, at: cells.world.script[pc]?.kind ?? 'idle' } })

/** Whether a vCPU wants the lock of calls, or may come to. */
const mayWantLock = ({ vcpus }: StepCells): boolean => vcpus.some(v => v.at === 'asking' || v.interrupts > 0)

/**
 * Whether the updater's moves are independent of everything that vCPUs and the harvester may do before them: no harvest
 * may be made at the places they go from and to, and they touch nothing that another actor can.
 */
const updaterKeepsToItself = (moves: readonly Successor<StepCells>[], at: StepCells): boolean => {
  const { updater, world } = at
  const places = [updater.pc, ...moves.map(move => move.cells.updater.pc)]
  if (places.some(pc => admitsHarvest(at, pc))) return false
  if (mayWantLock(at) && new Set(places.map(pc => locksAt(at, pc))).size > 1) return false
  const micro = world.script[updater.pc]
  switch (micro?.kind) {
    case 'may-fail':
    case 'replay':
    case 'goto':
    case 'drain':
    case 'await-turns':
      // A drained set stays drained: only publishing makes holders of an older set, and only publishing owes turns.
      return true
    case 'return':
      // Every access that begins after the last one observes it.
      return moves.every(move => move.cells.updater.ended === updater.ended)
    case 'retire':
    case 'free':
      return isOutOfReach(at, micro.log)
    case 'carry':
      return micro.carries.every(({ from }) => isOutOfReach(at, from))
    default:
      return false
  }
}

/** A store only moves its vCPU on to the mark: to every other rule the access is in flight before and after. */
export const isPersistent = (moves: readonly Successor<StepCells>[], at: StepCells): boolean => {
  const self = moves[0]?.cells.self
  // Where a failed call ends the VMM, it ends what is in flight.
  const ends = at.world.script.some(micro => micro.kind === 'abort')
  if (self?.kind === 'vcpu') return !ends && moves.every(move => move.rule.id === 'vcpu.store')
  return self?.kind === 'updater' && updaterKeepsToItself(moves, at)
}

/** Properties read what was observed, how the update ended and, while the updater is idle, bitmaps and holders. */
export const isVisible = ({ cells }: Successor<StepCells>, from: StepCells): boolean =>
  cells.seen !== from.seen ||
  cells.updater.ended !== from.updater.ended ||
  (cells.updater.at === 'idle') !== (from.updater.at === 'idle') ||
  (from.updater.at === 'idle' && (cells.logs !== from.logs || cells.unreported !== from.unreported))

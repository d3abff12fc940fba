import type { Successor } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'

/** Whether nobody can come to mark in a bitmap any more: no slot that can be looked up has it, and nobody holds it. */
const isOutOfReach = ({ spaces, vcpus }: StepCells, log: number): boolean =>
  spaces.every(({ published }) => published.slots.every(slot => slot.log !== log)) &&
  vcpus.every(v => v.hold?.log !== log && v.also.every(t => t.log !== log))

/** Whether a harvest may be made while the updater stands there; no other step asks where it stands. */
const admitsHarvest = ({ harvester, world }: StepCells, pc: number): boolean =>
  harvester.left > 0 &&
  (pc === world.start || pc >= world.script.length || world.script[pc - 1]?.kind === 'return')

/**
 * Whether the updater's moves are independent of all that vCPUs and the harvester may ever do before them: they go from
 * one place of the script to another, neither of which lets a harvest in, and touch nothing that anybody else can.
 */
const updaterKeepsToItself = (moves: readonly Successor<StepCells>[], at: StepCells): boolean => {
  const { updater, world } = at
  const places = [updater.pc, ...moves.map(move => move.cells.updater.pc)]
  if (places.some(pc => admitsHarvest(at, pc))) return false
  const micro = world.script[updater.pc]
  switch (micro?.kind) {
    case 'may-fail':
    case 'replay':
    case 'goto':
    case 'drain':
    case 'await-turns':
      // What is drained stays so: only publishing makes holders of an older set, and only it owes turns.
      return true
    case 'return':
      // The last one is seen by every access that begins behind it.
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

/** A store only turns its vCPU to the mark: all else that looks at an access sees one in flight before and after. */
export const isPersistent = (moves: readonly Successor<StepCells>[], at: StepCells): boolean => {
  const self = moves[0]?.cells.self
  if (self?.kind === 'vcpu') return moves.every(move => move.rule.id === 'vcpu.store')
  return self?.kind === 'updater' && updaterKeepsToItself(moves, at)
}

/** Properties look at what was seen, at how the update ended, and at rest at bits and holds. */
export const isVisible = ({ cells }: Successor<StepCells>, from: StepCells): boolean =>
  cells.seen !== from.seen ||
  cells.updater.ended !== from.updater.ended ||
  (cells.updater.at === 'idle') !== (from.updater.at === 'idle') ||
  (from.updater.at === 'idle' && (cells.logs !== from.logs || cells.unreported !== from.unreported))

import type { Design, Update } from '../../../spec/designs/design.js'
import { initialCells, type Scope, worldOf } from '../../../spec/designs/world.js'
import type { Relation, Successor } from '../../../spec/rewrite/index.js'
import { stepRelation, stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { System } from '../../explore/system.js'
import { encoder, type PartNames, partNames } from './encode.js'
import { stepParts } from './step-parts.js'

/** Actors: the updater is 0, vCPU `id` is `id + 1`, the harvester is 26. */
export const UPDATER = 0
export const HARVESTER = 26
export const actorOf = ({ cells }: Successor<StepCells>): number => {
  switch (cells.self.kind) {
    case 'updater':
      return UPDATER
    case 'vcpu':
      return cells.self.id + 1
    case 'harvester':
      return HARVESTER
  }
}

/** The system of a start, a relation and names for the parts of its states. */
export const stepSystem = (
  initial: StepCells,
  relation: Relation<StepCells>,
  names: PartNames = partNames(),
): System<StepCells> => {
  const successors = (cells: StepCells) => stepsFrom(cells, relation)
  return {
    relation,
    successors,
    initial: [initial],
    encode: encoder(names),
    parts: stepParts(initial, successors, names),
    actor: actorOf,
    permutesActors: initial.vcpus.length > 1,
  }
}

/**
 * Everything that may happen to an update under a design; null where the design has no plan for the update.
 *
 * It has no `persistent`, so it is not reduced. `isPersistent` of `reduce.ts` is sound, but over 200 worlds of one
 * vCPU and a harvest it gave 1.19 times fewer states and 1.43 times fewer steps, and took 1.5 times as long: nearly
 * every step of a vCPU is visible to others, and a failing run found with reduction is searched for again without it.
 */
export const systemOf = (design: Design, update: Update, scope: Scope): System<StepCells> | null => {
  const world = worldOf(design, update, scope)
  if (world === null) return null
  return stepSystem(initialCells(world, scope), stepRelation)
}

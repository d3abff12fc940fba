import type { Design, Update } from '../../spec/designs/design.js'
import { fullMenu, initialCells, type Scope, worldOf, writersMenu } from '../../spec/designs/world.js'
import type { Relation, Successor } from '../../spec/rewrite/index.js'
import { stepRelation, stepsFrom } from '../../spec/rules/steps/relation.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { System } from '../explore/system.js'
import { encoder, type PartNames, partNames } from './encode.js'
import { stepParts } from './step-parts.js'

/** The updater is actor 0, vCPUs follow, and whoever harvests is the last. */
export const UPDATER = 0
export const HARVESTER = 26
export const actorOf = ({ cells }: Successor<StepCells>): number => {
  switch (cells.self.who) {
    case 'updater':
      return UPDATER
    case 'vcpu':
      return cells.self.id + 1
    case 'harvester':
      return HARVESTER
  }
}

/** Everything that may happen from a start by some rules, states told apart by some names of their parts. */
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

/** How many vCPUs do how much while the update runs. */
export interface Company {
  readonly vcpus: number
  readonly accesses: number
  readonly harvests: number
  /** How often each may enter or leave SMM; how many are there from the start. */
  readonly switches?: number
  readonly smm?: number
  /** What they do, where it is not the full menu. */
  readonly does?: (frames: number) => Scope['menu']
}

/** One vCPU that makes two accesses, and two that make one each. */
export const ALONE: Company = { vcpus: 1, accesses: 2, harvests: 1 }
export const PAIR: Company = { vcpus: 2, accesses: 1, harvests: 0 }

/** One vCPU that goes into SMM, which has a space of its own, and comes back. */
export const SMM: Company = { vcpus: 1, accesses: 2, harvests: 0, switches: 2 }
/** One vCPU that writes in all the other ways: atomically, into tables, across pages. */
export const WRITERS: Company = { vcpus: 1, accesses: 1, harvests: 0, does: writersMenu }

export const scopeOf = ({ does = fullMenu, ...company }: Company, frames: number, warm: boolean): Scope => ({
  ...company,
  frames,
  menu: does(frames),
  warm,
})

/**
 * Everything that may happen to an update under a design; null where the design has no plan for it.
 *
 * It says nothing of what is persistent, so it is not reduced. `isPersistent` of `reduce.ts` is sound, but over 200 worlds
 * of one vCPU and a harvest it left 1.19 times fewer states and 1.43 times fewer steps and took 1.5 times as long: what
 * a vCPU does is seen by others at nearly every step, and a run found by it is looked for again without it.
 */
export const systemOf = (design: Design, update: Update, scope: Scope): System<StepCells> | null => {
  const world = worldOf(design, update, scope)
  if (world === null) return null
  return stepSystem(initialCells(world, scope), stepRelation)
}

import type { Design, Update } from '../../spec/designs/design.js'
import { fullMenu, initialCells, type Scope, worldOf } from '../../spec/designs/world.js'
import type { Successor } from '../../spec/rewrite/index.js'
import { stepRelation, stepsFrom } from '../../spec/rules/steps/relation.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { System } from '../explore/system.js'
import { encoder } from './encode.js'

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

/** How many vCPUs do how much while the update runs. */
export interface Company {
  readonly vcpus: number
  readonly accesses: number
  readonly harvests: number
}

/** One vCPU that makes two accesses, and two that make one each. */
export const ALONE: Company = { vcpus: 1, accesses: 2, harvests: 1 }
export const PAIR: Company = { vcpus: 2, accesses: 1, harvests: 0 }

export const scopeOf = (company: Company, frames: number, warm: boolean): Scope => ({
  ...company,
  frames,
  menu: fullMenu(frames),
  warm,
})

/** Everything that may happen to an update under a design; null where the design has no plan for it. */
export const systemOf = (design: Design, update: Update, scope: Scope): System<StepCells> | null => {
  const world = worldOf(design, update, scope)
  if (world === null) return null
  return {
    relation: stepRelation,
    successors: stepsFrom,
    initial: [initialCells(world, scope)],
    encode: encoder(),
    actor: actorOf,
    permutesActors: scope.vcpus > 1,
  }
}

import { type Relation, type Rule, relation, type Successor, step } from '../../rewrite/index.js'
import type { Actor, StepCells } from '../../terms/steps/cells.js'
import { harvestRules } from './harvest.js'
import { updaterRules } from './updater.js'
import { vcpuStepRules } from './vcpu.js'

/** Every rule at the grain of steps. */
export const stepRules: readonly Rule<StepCells>[] = [...updaterRules, ...harvestRules, ...vcpuStepRules]

export const stepRelation: Relation<StepCells> = relation('steps', stepRules, ['self', 'at'])

/** The actors of a run, each of which may make a step: the updater, the vCPUs, the harvester. */
export const actors = ({ updater, vcpus, harvester }: StepCells): readonly Actor[] => [
  updater,
  ...vcpus,
  harvester,
]

/** Every step that any actor may make: the rules are offered the cells once for each actor. */
export const stepsFrom = (
  cells: StepCells,
  rel: Relation<StepCells> = stepRelation,
): readonly Successor<StepCells>[] =>
  actors(cells).flatMap(self => step(rel, cells.self === self ? cells : { ...cells, self }))

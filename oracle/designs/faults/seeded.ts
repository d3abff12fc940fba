import { repeated, unlogged } from '../../../spec/designs/repeated.js'
import { initialCells, worldOf } from '../../../spec/designs/world.js'
import { properties } from '../../../spec/properties/properties.js'
import { relation } from '../../../spec/rewrite/index.js'
import { stepRelation, stepRules, stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { explore } from '../../explore/explore.js'
import type { Verdict } from '../../explore/result.js'
import { everyone } from '../everyone.js'
import { subjectOf } from '../subjects.js'
import { encoder } from '../system/encode.js'
import { actorOf } from '../system/system.js'
import { scopeOf } from '../workloads.js'
import type { SeededFault } from './fault.js'

/** The verdict of the fault's property on the fault's design, with the fault seeded or without it. */
export const verdictOn = (fault: SeededFault, seeded: boolean): Verdict<StepCells> => {
  const design = subjectOf(fault.of)
  const property = properties.find(p => p.id === fault.property)
  if (design === null || property === undefined) throw new Error(`fault ${fault.id} is of nothing`) // we wrote it
  const { workload } = fault
  const forEver = fault.repeated === true || (property.kind === 'liveness' && property.forEver === true)
  const update = forEver ? unlogged(fault.update) : fault.update
  if (update === null) throw new Error(`fault ${fault.id} is of nothing that can be repeated`) // we chose another
  const scope = scopeOf(workload, update.frames, fault.warm ?? false)
  const asked = seeded ? (fault.design?.(design) ?? design) : design
  const world = worldOf(forEver ? repeated(asked) : asked, update, scope)
  if (world === null) return { holds: true } // the design has no plan, so the property says nothing
  const rel =
    seeded && fault.rules !== undefined
      ? relation('steps', fault.rules(stepRules), ['self', 'at'])
      : stepRelation
  const system = {
    relation: rel,
    successors: (cells: StepCells) => stepsFrom(cells, rel),
    initial: [initialCells(world, scope)],
    encode: encoder(),
    actor: actorOf,
    permutesActors: scope.vcpus > 1,
  }
  const { verdicts } = explore(system, {
    safety: property.kind === 'safety' ? [{ name: property.id, violated: property.violated }] : [],
    liveness: property.kind === 'liveness' ? [{ name: property.id, pending: everyone(property) }] : [],
    reduce: false,
  })
  return verdicts.get(property.id) ?? { holds: 'inconclusive', states: 0 }
}

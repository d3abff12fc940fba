import type { Design, Update } from '../../../spec/designs/design.js'
import { initialCells, type Scope, worldOf } from '../../../spec/designs/world.js'
import { stepRelation, stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { type Refinement, refines } from '../../explore/refine/refine.js'
import type { System } from '../../explore/system.js'
import { encoder } from '../system/encode.js'
import { actorOf } from '../system/system.js'
import { atomicSystem, seenOf } from './atomic.js'
import type { AtomicCall } from './calls.js'
import { observed } from './observed.js'

export interface StepsToCalls extends Refinement<StepCells> {
  readonly update: Update
}

/** The steps of an update, with what is seen of each step kept beside the cells it led to. */
const watched = (initial: StepCells) => {
  const seen = new WeakMap<StepCells, string>()
  const encode = encoder()
  const system: System<StepCells> = {
    relation: stepRelation,
    successors: cells => {
      const moves = stepsFrom(cells)
      for (const { cells: to } of moves) {
        const what = observed(cells, to)
        if (what !== null) seen.set(to, what)
      }
      return moves
    },
    initial: [initial],
    // What is seen names vCPUs, so that one must not stand for another.
    encode: cells => cells.vcpus.map(v => encode({ ...cells, vcpus: [v] })).join('|'),
    actor: actorOf,
  }
  return { system, label: ({ cells }: { readonly cells: StepCells }) => seen.get(cells) ?? null }
}

/**
 * Whether whatever userspace and vCPUs may see of a design's steps they may also see of calls that change the set at a
 * stroke; null where the design has no plan.
 */
export const refinement = (
  design: Design,
  update: Update,
  calls: readonly AtomicCall[],
  scope: Scope,
): StepsToCalls | null => {
  const world = worldOf(design, update, scope)
  if (world === null) return null
  const { system, label } = watched(initialCells(world, scope))
  const vcpus = Array.from({ length: scope.vcpus }, () => ({
    left: scope.accesses,
    want: null,
    next: 0,
    met: null,
  }))
  const whole = atomicSystem({
    menu: scope.menu,
    slots: update.before,
    calls,
    doing: null,
    untouched: true,
    failed: false,
    vcpus,
  })
  return { update, ...refines(system, whole, { label, abstractLabel: seenOf }) }
}

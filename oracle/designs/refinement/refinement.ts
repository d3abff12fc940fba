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

/** The refinement of an update's steps to atomic calls. */
export interface StepsToCalls extends Refinement<StepCells> {
  readonly update: Update
}

/** The steps of an update, with what is observed of each step kept by the cells it leads to. */
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
    // Observations name vCPUs, so states that swap two of them are not one here.
    encode: cells => cells.vcpus.map(v => encode({ ...cells, vcpus: [v] })).join('|'),
    actor: actorOf,
  }
  return { system, label: ({ cells }: { readonly cells: StepCells }) => seen.get(cells) ?? null }
}

/**
 * Whether everything that userspace and vCPUs may observe of a design's steps can also be observed of atomic calls,
 * each of which publishes its sets in one step. Null where the design has no plan for the update.
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

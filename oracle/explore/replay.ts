import { type Successor, step } from '../../spec/rewrite/index.js'
import type { RunStep } from './result.js'
import type { System } from './system.js'

/** The next state of a run by name, and the actor that takes the step where it matters. */
export interface Waypoint {
  readonly name: string
  readonly actor?: number
}

/**
 * Takes the steps of a run again: from the start's cells to states of the given names. A search keeps only names, and
 * under symmetry a name may stand for other cells than those that this run passes through.
 */
export const replay = <C>(system: System<C>, start: C, way: readonly Waypoint[]): readonly RunStep<C>[] => {
  const steps: RunStep<C>[] = []
  let cells = start
  for (const waypoint of way) {
    const taken = successorsOf(system, cells).find(move => leadsTo(system, move, waypoint))
    if (taken === undefined) {
      throw new Error(
        `encode: one name for states that differ in what they can do (no step to ${waypoint.name})`,
      )
    }
    const { rule, bindings } = taken
    cells = taken.cells
    steps.push({ rule: rule.id, actor: system.actor(taken), bindings, cells })
  }
  return steps
}

/** The steps from a state. */
export const successorsOf = <C>(system: System<C>, cells: C): readonly Successor<C>[] =>
  system.successors === undefined ? step(system.relation, cells) : system.successors(cells)

const leadsTo = <C>(system: System<C>, move: Successor<C>, { name, actor }: Waypoint): boolean =>
  (actor === undefined || system.actor(move) === actor) && system.encode(move.cells) === name

import type { StateGraph } from '../search/state-graph.js'

/**
 * A strongly connected set of states, in all of which an actor waits, with a run for ever that is weakly fair to
 * every actor.
 */
export interface FairComponent {
  /** In order of their numbers, and so of their depth. */
  readonly members: Uint32Array
  /** The bit of the actor that waits. */
  readonly waiting: number
  /**
   * The actors, as bits, that weak fairness owes something on a cycle: a step, or a state in which they cannot move.
   */
  readonly owed: number
}

/**
 * Weak fairness: an actor that can always move from some time on does move. A component has a fair run for ever if
 * each actor that can move in all of its states takes some step inside: a run through all its states and steps is
 * then fair. Smaller parts of a component need not be considered: the whole has more steps, and more states where an
 * actor cannot move.
 */
export const isFair = <C>(
  graph: StateGraph<C>,
  members: readonly number[],
  isMember: (state: number) => boolean,
): boolean => {
  let alwaysAble = -1
  let moved = 0
  for (const state of members) {
    alwaysAble &= graph.enabled(state)
    for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge++) {
      if (isMember(graph.target(edge))) moved |= 1 << graph.actorBit(edge)
    }
  }
  return (alwaysAble & ~moved) === 0
}

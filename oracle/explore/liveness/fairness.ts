import type { StateGraph } from '../search/state-graph.js'

/** A set of states that can go round in which an actor waits throughout, and everyone is treated weakly fairly. */
export interface FairComponent {
  /** In order of their numbers, so of their depth. */
  readonly members: Uint32Array
  /** The bit of the actor that waits. */
  readonly waiting: number
  /** Actors that must be dealt with on the way round: each takes a step, or is at some moment unable to. */
  readonly owed: number
}

/**
 * Weak fairness: an actor that from some time on is always able to move does move. A component has a fair run for ever
 * if each actor able in all of its states takes some step inside; then a run through all states and steps of it is fair.
 * No smaller part of a component needs to be looked at, since a larger one only has more steps and more states.
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

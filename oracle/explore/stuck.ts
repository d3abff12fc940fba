import type { StateGraph } from './search/state-graph.js'
import type { Column } from './store/column.js'

/** The first state in which somebody waits and nobody can move, with the bit of who waits; null where there is none. */
export const firstStuck = <C>(
  graph: StateGraph<C>,
  pending: Column,
): { readonly state: number; readonly waiting: number } | null => {
  for (let state = 0; state < graph.states; state++) {
    const waiting = pending.get(state)
    if (waiting !== 0 && graph.enabled(state) === 0)
      return { state, waiting: 31 - Math.clz32(waiting & -waiting) }
  }
  return null
}

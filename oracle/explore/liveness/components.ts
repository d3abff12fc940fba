import type { StateGraph } from '../search/state-graph.js'
import type { Column } from '../store/column.js'

const DONE = 0xffffffff

/**
 * The strongly connected components, with at least one step inside, of the states in which an actor waits: Tarjan's
 * algorithm with a stack of its own. Calls `found` with the members of each and a test for membership, which is valid
 * until `found` returns.
 */
export const waitingComponents = <C>(
  graph: StateGraph<C>,
  pending: Column,
  bit: number,
  found: (members: readonly number[], isMember: (state: number) => boolean) => void,
): void => {
  const { states } = graph
  const waits = (state: number): boolean => state < states && ((pending.get(state) >>> bit) & 1) === 1
  const order = new Uint32Array(states) // when a state was met, from 1; DONE once its component is known
  const low = new Uint32Array(states) // the earliest state it reaches; the component's number once that is known
  const open: number[] = []
  const path: number[] = []
  const edges: number[] = []
  let met = 0
  let component = 0

  const enter = (state: number): void => {
    order[state] = low[state] = ++met
    open.push(state)
    path.push(state)
    edges.push(graph.firstEdge(state))
  }

  for (let root = 0; root < states; root++) {
    if (order[root] !== 0 || !waits(root)) continue
    enter(root)
    while (path.length > 0) {
      const top = path.length - 1
      const state = path[top] as number
      const edge = edges[top] as number
      if (edge < graph.firstEdge(state + 1)) {
        edges[top] = edge + 1
        const to = graph.target(edge)
        if (!waits(to)) continue
        if (order[to] === 0) enter(to)
        else if (order[to] !== DONE && (order[to] as number) < (low[state] as number)) low[state] = order[to]!
        continue
      }
      path.pop()
      edges.pop()
      const reach = low[state] as number
      if (top > 0) {
        const parent = path[top - 1] as number
        if (reach < (low[parent] as number)) low[parent] = reach
      }
      if (reach !== order[state]) continue
      const number = component++
      const members = open.splice(open.lastIndexOf(state))
      for (const member of members) {
        order[member] = DONE
        low[member] = number
      }
      const isMember = (s: number) => s < states && order[s] === DONE && low[s] === number
      if (members.length > 1 || leadsToItself(graph, state)) found(members, isMember)
    }
  }
}

const leadsToItself = <C>(graph: StateGraph<C>, state: number): boolean => {
  for (let edge = graph.firstEdge(state); edge < graph.firstEdge(state + 1); edge++) {
    if (graph.target(edge) === state) return true
  }
  return false
}

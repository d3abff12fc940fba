import type { StateGraph } from './state-graph.js'
import type { Watch } from './watch.js'

/** Called for each step of a state: the state it leads to, -1 where there is no room for it, and the actor. */
export type Arrive = (to: number, actor: number) => void

/** The states a search has found, numbered in the order in which they were found, and their steps. */
export interface States<C> {
  readonly size: number
  /** Bytes kept for them. */
  readonly bytes: number
  /** The name of a state, as `System.encode` gives it. */
  nameOf(id: number): string
  /** Adds a start. Returns its number, or -1 where there is no room. */
  start(cells: C): number
  /** Takes the steps of a state. States are expanded once each, in order of their numbers. */
  expand(id: number, graph: StateGraph<C> | null, arrive: Arrive): void
  /** Passes the state found last to the watch. */
  show(watch: Watch<C>, id: number, depth: number): void
  /** A new depth begins: the states of the depth before it are all expanded. */
  descend(): void
}

import type { StateGraph } from './state-graph.js'
import type { Watch } from './watch.js'

/** Is told of each step of a state: where it leads, -1 where there is no room, and who takes it. */
export type Arrive = (to: number, actor: number) => void

/** The states a search has found, numbered in the order in which it found them, and how it gets on from each. */
export interface States<C> {
  readonly size: number
  /** Bytes kept for them. */
  readonly bytes: number
  nameOf(id: number): string
  /** The number of a start; -1 where there is no room. */
  start(cells: C): number
  /** Takes the steps of a state; each is asked for once, in order of their numbers. */
  expand(id: number, graph: StateGraph<C> | null, arrive: Arrive): void
  /** Shows the state found last. */
  show(watch: Watch<C>, id: number, depth: number): void
  /** A new depth begins: no more states of the one before the last are expanded. */
  descend(): void
}

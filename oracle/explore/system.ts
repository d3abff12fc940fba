import type { Relation, Successor } from '../../spec/rewrite/index.js'
import type { Parts } from './parts.js'

/** What can be explored: the rules, the starts, and how states are named. `C` is the type of the cells of a state. */
export interface System<C> {
  readonly relation: Relation<C>
  /** The steps from a state, of all actors; `step(relation, cells)` without it. */
  successors?(cells: C): readonly Successor<C>[]
  readonly initial: readonly C[]
  /**
   * A canonical, compact name: states of one name are one state. Symmetric states may share a name. At most 65 536
   * units.
   */
  encode(cells: C): string
  /**
   * A state of that name, in the search that began at `initial`. Where given, unexpanded states are kept as names
   * only.
   */
  decode?(name: string, initial: C): C
  /**
   * How states are split into parts. Where given, a search without reduction keeps states by parts and makes no
   * names.
   */
  readonly parts?: Parts<C>
  /** The actor that took the step; a system may have at most 26 different ones. */
  actor(successor: Successor<C>): number
  /**
   * Whether `encode` gives one name to states that swap actors. Safety can be decided so. Liveness cannot, since “the
   * same actor waits all along” loses its meaning: `explore` throws if it is asked.
   */
  readonly permutesActors?: boolean
  /**
   * For reduction, which is not done without it: whether `moves`, all the moves of one actor at `at`, are a
   * persistent set. That is: until one of them is taken, every move of other actors, however many, commutes with each
   * of them, disables none and gives this actor no further one. `faultsOfReduction` checks it by brute force.
   */
  persistent?(moves: readonly Successor<C>[], at: C): boolean
  /** A second condition for reduction: two moves enabled at `at` commute and neither disables the other. */
  independent?(a: Successor<C>, b: Successor<C>, at: C): boolean
  /** For reduction: whether a move may change the verdict on a property. Without it every move may. */
  visible?(successor: Successor<C>, from: C): boolean
}

/** A property of single states, which holds if no state breaks it. */
export interface SafetyProperty<C> {
  readonly name: string
  /** How this state breaks the property, a sentence; null where it does not. It may only depend on the cells. */
  violated(cells: C): string | null
}

/** A property of endless runs: no actor waits for ever. */
export interface LivenessProperty<C> {
  readonly name: string
  /** The actors that wait in this state. None may wait for ever in a run that is weakly fair to every actor. */
  pending(cells: C): readonly number[]
}

import type { Relation, Successor } from '../../spec/rewrite/index.js'
import type { Parts } from './parts.js'

/** What can be explored: the rules, where they start, and how its states are told apart. */
export interface System<C> {
  readonly relation: Relation<C>
  /** Every step anybody may take; without it, `step(relation, cells)`. */
  successors?(cells: C): readonly Successor<C>[]
  readonly initial: readonly C[]
  /** A canonical compact name: equal names are one state. It may name a whole class of symmetric states. */
  encode(cells: C): string
  /** A state of that name, of the search that began at `initial`. Where given, waiting states are kept as names only. */
  decode?(name: string, initial: C): C
  /** How states come apart; where given, a search that takes every step keeps them so, and names none. */
  readonly parts?: Parts<C>
  /** Who moved; any small number, at most 26 different ones. */
  actor(successor: Successor<C>): number
  /**
   * `encode` gives one name to states that differ in which actor does what. Safety may be decided so; liveness may
   * not, since "the same actor waits all along" would lose its meaning, and asking for both is refused.
   */
  readonly permutesActors?: boolean
  /**
   * For reduction, and without it there is none: whether `moves`, all that one actor can do at `at`, are a persistent
   * set. Until one of them is taken, whatever the *others* do, however long, commutes with each of them, disables none,
   * and gives this actor no further move. `faultsOfReduction` checks it by brute force.
   */
  persistent?(moves: readonly Successor<C>[], at: C): boolean
  /** A second condition for reduction: two moves enabled at `at` commute and neither disables the other. */
  independent?(a: Successor<C>, b: Successor<C>, at: C): boolean
  /** Whether a move may change a property's verdict; without it every move may, and nothing is reduced. */
  visible?(successor: Successor<C>, from: C): boolean
}

export interface SafetyProperty<C> {
  readonly name: string
  /** Why this state breaks the property, in words; null where it does not. What came before must stand in the cells. */
  violated(cells: C): string | null
}

export interface LivenessProperty<C> {
  readonly name: string
  /** The actors that wait in this state. None may wait for ever while every actor is treated weakly fairly. */
  pending(cells: C): readonly number[]
}

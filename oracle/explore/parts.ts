import type { Successor } from '../../spec/rewrite/index.js'

/** Gives the value of a part, or one entry of it. */
export type Get = (part: number, key?: string) => unknown
/** Takes the value of a part. */
export type Put = (part: number, value: unknown) => void

/**
 * How the states of a system are taken apart. States differ in a few parts, of which each has few values in a search:
 * so a state is kept as one small number for each part, and what the rules make of the parts that they look at is
 * worked out once and then recalled.
 */
export interface Parts<C> {
  /** A state has so many, 31 at most. */
  readonly count: number
  /** From this part on, all are alike: states that differ in the order of their values are one. Else `count`. */
  readonly alikeFrom: number
  /** Who moves: cells are offered to the rules once for each. Told by the part that moves where it is one of the alike, else -1. */
  readonly movers: readonly number[]
  /** The successors these parts stand for. Where a system has been given others, its parts are not made use of. */
  readonly successors: ((cells: C) => readonly Successor<C>[]) | undefined
  /** Names a value, in one search. Equal names are one value; states whose values have equal names have one name. */
  name(part: number, value: unknown): string | number
  /** Puts every part of the cells. */
  split(cells: C, put: Put): void
  /** Puts the parts that are others, by identity, than in cells that `offered` gave; reads none that is the same. */
  changes(cells: C, since: C, put: Put): void
  /** Cells of these values, to be kept. */
  join(get: Get): C
  /**
   * Cells that get a part's value whenever, and only when, something of it is read: copying a reference to it, as a
   * rewrite does with what it leaves alone, reads nothing. They are only good while `get` stands at the state.
   */
  view(get: Get): C
  /** Such cells as they are offered for one mover; whoever moves may be read at once, since every rule looks there. */
  offered(view: C, mover: number, get: Get): C
}

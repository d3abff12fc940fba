import type { Successor } from '../../spec/rewrite/index.js'

/** Returns the value of a part, or one entry of that value. */
export type Get = (part: number, key?: string) => unknown
/** Receives the value of a part. */
export type Put = (part: number, value: unknown) => void

/**
 * How the states of a system are split into parts. In a search each part has few values, so a state is kept as one
 * small number for each part. Rules are applied once for the values of the parts that they read, and the result is
 * memoised.
 */
export interface Parts<C> {
  /** The number of parts, at most 31. */
  readonly count: number
  /**
   * From this part on all parts are interchangeable: states that differ in the order of their values are one. Else
   * `count`.
   */
  readonly alikeFrom: number
  /**
   * The movers: the rules are applied once for each. A mover that is one of the interchangeable parts is given by
   * that part, any other by -1.
   */
  readonly movers: readonly number[]
  /** The `successors` of the system the parts were made for. A system with other `successors` does not use them. */
  readonly successors: ((cells: C) => readonly Successor<C>[]) | undefined
  /** The name of a value. Values of one name are equal; states whose values have equal names have one name. */
  name(part: number, value: unknown): string | number
  /** Passes every part of the cells to `put`. */
  split(cells: C, put: Put): void
  /** Passes the parts that differ, by identity, from the cells that `offered` gave; reads none that is the same. */
  changes(cells: C, since: C, put: Put): void
  /** Cells of these values, which may be kept. */
  join(get: Get): C
  /**
   * Cells that call `get` for a part when, and only when, something of the part is read. Copying a reference to it,
   * as a rewrite does with what it does not change, reads nothing. The cells are valid while `get` is at the state.
   */
  view(get: Get): C
  /** The view with one mover as `self`. The mover's own part may be read at once, since every rule reads it. */
  offered(view: C, mover: number, get: Get): C
}

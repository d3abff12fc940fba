import { identity } from './identity.js'
import { type Relation, type Successor, step } from './relation.js'

/** A reached state and how it was first reached; the start has no `by`. */
export interface Reached<C> {
  readonly cells: C
  readonly by: { readonly from: Reached<C>; readonly successor: Successor<C> } | null
}

/** What a search found, and how far it went. */
export interface SearchResult<C> {
  readonly states: number
  readonly transitions: number
  /** The first state that met the goal: breadth first, so no run to it is shorter. */
  readonly found: Reached<C> | null
  /** States with no successor. */
  readonly stuck: readonly Reached<C>[]
  /** False where the limit ended the search. */
  readonly complete: boolean
}

/** What to look for, and when to give up. */
export interface SearchOptions<C> {
  readonly goal?: (cells: C) => boolean
  /** The most states to visit. */
  readonly limit?: number
}

/**
 * Visits every state reachable from `start`, breadth first, until the goal is met or the limit is reached.
 *
 * @example
 * const { found } = search(rel, start, { goal: cells => cells.deadlocked })
 * const steps = found === null ? [] : pathTo(found)
 */
export const search = <C>(rel: Relation<C>, start: C, options: SearchOptions<C> = {}): SearchResult<C> => {
  const { goal = () => false, limit = Number.POSITIVE_INFINITY } = options
  const queue: Reached<C>[] = [{ cells: start, by: null }]
  const seen = new Set([identity(start)])
  const stuck: Reached<C>[] = []
  let transitions = 0
  let found: Reached<C> | null = null
  let complete = true
  for (let next = 0; next < queue.length && found === null; next++) {
    const from = queue[next] as Reached<C> // next is below the length
    if (goal(from.cells)) found = from
    const successors = step(rel, from.cells)
    if (successors.length === 0) stuck.push(from)
    transitions += successors.length
    for (const successor of successors) {
      const name = identity(successor.cells)
      if (seen.has(name)) continue
      if (seen.size >= limit) complete = false
      else {
        seen.add(name)
        queue.push({ cells: successor.cells, by: { from, successor } })
      }
    }
  }
  return { states: seen.size, transitions, found, stuck, complete }
}

/** The steps from the start to a reached state, first to last. */
export const pathTo = <C>(reached: Reached<C>): readonly Successor<C>[] => {
  const steps: Successor<C>[] = []
  for (let at = reached; at.by !== null; at = at.by.from) steps.unshift(at.by.successor)
  return steps
}

/**
 * Rewrites until no rule applies, taking the first successor each time: a normal form where the relation is confluent.
 * Gives null when `limit` steps did not reach one.
 */
export const run = <C>(
  rel: Relation<C>,
  start: C,
  limit = 10_000,
): { readonly cells: C; readonly steps: number } | null => {
  let cells = start
  for (let steps = 0; steps <= limit; steps++) {
    const [first] = step(rel, cells)
    if (first === undefined) return { cells, steps }
    cells = first.cells
  }
  return null
}

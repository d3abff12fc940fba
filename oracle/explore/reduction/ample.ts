import type { Successor } from '../../../spec/rewrite/index.js'
import type { NameTable } from '../store/name-table.js'
import type { System } from '../system.js'

/**
 * An ample set of a state's moves: all the moves of one actor, where
 *
 * - C0: there is at least one,
 * - C1: they are persistent, and independent of the moves that other actors have now,
 * - C2: none is visible, unless they are all the moves of the state,
 * - C3: each leads to a state that has not been expanded. The state of a cycle that is expanded last leads to an expanded
 *   one, so it is expanded in full, and no move is left out for ever (the queue proviso: Bošnački, Leue and
 *   Lluch Lafuente, "Partial-order reduction for general state exploring algorithms", STTT 2009).
 *
 * Returns the indices of the smallest such set, or null where all moves must be taken. Names that are computed on the
 * way are left in `names`, at the move's index.
 */
export const ample = <C>(
  system: System<C>,
  moves: readonly Successor<C>[],
  at: C,
  expanded: number,
  table: NameTable,
  names: (string | undefined)[],
): readonly number[] | null => {
  if (system.persistent === undefined || system.visible === undefined) return null
  let best: readonly number[] | null = null
  for (const mine of byActor(system, moves)) {
    if (mine.length === moves.length) return null
    if (best !== null && best.length <= mine.length) continue
    if (mine.some(i => system.visible?.(moves[i] as Successor<C>, at))) continue
    if (
      !system.persistent(
        mine.map(i => moves[i] as Successor<C>),
        at,
      )
    )
      continue
    if (!independentOfOthers(system, moves, mine, at)) continue
    const ahead = mine.every(i => {
      names[i] ??= system.encode((moves[i] as Successor<C>).cells)
      const id = table.find(names[i] as string)
      return id < 0 || id >= expanded
    })
    if (ahead) best = mine
  }
  return best
}

/** The moves' indices, one list for each actor. */
const byActor = <C>(system: System<C>, moves: readonly Successor<C>[]): Iterable<readonly number[]> => {
  const lists = new Map<number, number[]>()
  for (let i = 0; i < moves.length; i++) {
    const actor = system.actor(moves[i] as Successor<C>)
    const list = lists.get(actor)
    if (list === undefined) lists.set(actor, [i])
    else list.push(i)
  }
  return lists.values()
}

const independentOfOthers = <C>(
  system: System<C>,
  moves: readonly Successor<C>[],
  mine: readonly number[],
  at: C,
): boolean =>
  system.independent === undefined ||
  moves.every(
    (other, j) =>
      mine.includes(j) || mine.every(i => system.independent?.(moves[i] as Successor<C>, other, at)),
  )

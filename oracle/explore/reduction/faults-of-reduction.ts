import type { Successor } from '../../../spec/rewrite/index.js'
import { successorsOf } from '../replay.js'
import type { System } from '../system.js'

/** How far `faultsOfReduction` searches. */
export interface AuditLimits {
  /** The most states whose moves are checked. */
  readonly states: number
  /** The most states, reached by moves of other actors, that are checked for each of them. */
  readonly ahead: number
}

/**
 * Checks a system's `persistent` by brute force. From each state where the moves of an actor are said to be
 * persistent, it goes through everything that the other actors can do: each of their moves must commute with each of
 * the actor's, disable none and give the actor no further one. Returns a sentence for each fault; empty where none is
 * found within the limits.
 */
export const faultsOfReduction = <C>(
  system: System<C>,
  { states, ahead }: AuditLimits,
): readonly string[] => {
  const faults = new Set<string>()
  for (const at of reachable(system, system.initial, () => true, states)) {
    const moves = successorsOf(system, at)
    for (const actor of new Set(moves.map(move => system.actor(move)))) {
      const mine = moves.filter(move => system.actor(move) === actor)
      if (system.persistent?.(mine, at) !== true) continue
      for (const later of reachable(system, [at], move => system.actor(move) !== actor, ahead)) {
        for (const fault of faultsAt(system, later, actor)) faults.add(fault)
      }
    }
  }
  return [...faults]
}

/** Faults between an actor's moves and those of the other actors, in one state. */
const faultsAt = <C>(system: System<C>, at: C, actor: number): readonly string[] => {
  const moves = successorsOf(system, at)
  const mine = moves.filter(move => system.actor(move) === actor)
  const faults: string[] = []
  for (const other of moves.filter(move => system.actor(move) !== actor)) {
    const afterOther = successorsOf(system, other.cells).filter(move => system.actor(move) === actor)
    const fault = (what: string) =>
      faults.push(`actor ${actor}: ${other.rule.id} of actor ${system.actor(other)} ${what}`)
    if (afterOther.length > mine.length) fault('gives it a further move')
    if (afterOther.length < mine.length) fault('takes a move from it')
    for (const move of mine) {
      const ends = namesAfter(system, other, move)
      if (!namesAfter(system, move, other).some(name => ends.includes(name))) {
        fault(`does not commute with ${move.rule.id}`)
      }
    }
  }
  return faults
}

/** Where one move and then another, by the rule and the actor of `second`, may lead. */
const namesAfter = <C>(system: System<C>, first: Successor<C>, second: Successor<C>): readonly string[] =>
  successorsOf(system, first.cells)
    .filter(move => move.rule === second.rule && system.actor(move) === system.actor(second))
    .map(move => system.encode(move.cells))

/** The first `limit` states reached by the moves that `may` allows, breadth first. */
function* reachable<C>(
  system: System<C>,
  starts: readonly C[],
  may: (move: Successor<C>) => boolean,
  limit: number,
): Generator<C> {
  const seen = new Set(starts.map(start => system.encode(start)))
  const queue = [...starts]
  for (const at of queue) {
    yield at
    for (const move of successorsOf(system, at)) {
      const name = system.encode(move.cells)
      if (!may(move) || seen.has(name) || seen.size >= limit) continue
      seen.add(name)
      queue.push(move.cells)
    }
  }
}

import type { Successor } from '../../../spec/rewrite/index.js'
import { successorsOf } from '../replay.js'
import type { System } from '../system.js'

export interface AuditLimits {
  /** States whose moves are looked at. */
  readonly states: number
  /** States reached by the others that are looked at for each of them. */
  readonly ahead: number
}

/**
 * What is wrong with a system's `persistent`, found by brute force and told in words; empty where nothing is. From each
 * state where an actor's moves are said to be persistent, all that the others can do without it is gone through: every
 * move of theirs must commute with each of the actor's, disable none, and give the actor no further one.
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

/** What an actor's moves and everyone else's do to each other in one state. */
const faultsAt = <C>(system: System<C>, at: C, actor: number): readonly string[] => {
  const moves = successorsOf(system, at)
  const mine = moves.filter(move => system.actor(move) === actor)
  const faults: string[] = []
  for (const other of moves.filter(move => system.actor(move) !== actor)) {
    const afterOther = successorsOf(system, other.cells).filter(move => system.actor(move) === actor)
    const told = (what: string) =>
      faults.push(`actor ${actor}: ${other.rule.id} of actor ${system.actor(other)} ${what}`)
    if (afterOther.length > mine.length) told('gives it a further move')
    if (afterOther.length < mine.length) told('takes a move from it')
    for (const move of mine) {
      const ends = namesAfter(system, other, move)
      if (!namesAfter(system, move, other).some(name => ends.includes(name))) {
        told(`does not commute with ${move.rule.id}`)
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

/** States reached by moves of a kind, breadth first, the first so many. */
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

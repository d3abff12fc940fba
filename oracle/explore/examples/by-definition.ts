import type { Successor } from '../../../spec/rewrite/index.js'
import { successorsOf } from '../replay.js'
import type { Run } from '../result.js'
import type { LivenessProperty, System } from '../system.js'

interface Node<C> {
  readonly cells: C
  readonly depth: number
  readonly moves: readonly Successor<C>[]
}

const nodesOf = <C>(system: System<C>): ReadonlyMap<string, Node<C>> => {
  const nodes = new Map<string, Node<C>>()
  const queue = system.initial.map(cells => ({ cells, depth: 0 }))
  for (const { cells, depth } of queue) {
    if (nodes.has(system.encode(cells))) continue
    const moves = successorsOf(system, cells)
    nodes.set(system.encode(cells), { cells, depth, moves })
    queue.push(...moves.map(move => ({ cells: move.cells, depth: depth + 1 })))
  }
  return nodes
}

/**
 * The length of the shortest run that breaks a liveness property, null where there is none, found without components:
 * from each state in which an actor waits, all walks on which it goes on waiting, each with the set of actors that
 * weak fairness no longer owes a step.
 */
export const fairLassoLength = <C>(system: System<C>, { pending }: LivenessProperty<C>): number | null => {
  const nodes = nodesOf(system)
  const actors = [
    ...new Set([...nodes.values()].flatMap(({ moves }) => moves.map(move => system.actor(move)))),
  ]
  let shortest = Number.POSITIVE_INFINITY
  for (const [name, { cells, depth, moves }] of nodes) {
    for (const waiting of pending(cells)) {
      const length = moves.length === 0 ? 0 : roundFrom(name, waiting)
      shortest = Math.min(shortest, depth + length)
    }
  }
  return shortest === Number.POSITIVE_INFINITY ? null : shortest

  function roundFrom(start: string, waiting: number): number {
    const key = (name: string, dealt: ReadonlySet<number>) => `${name} ${actors.filter(a => dealt.has(a))}`
    const queue = [{ name: start, dealt: idleIn(start), length: 0 }]
    const seen = new Set([key(start, idleIn(start))])
    for (const { name, dealt, length } of queue) {
      for (const move of nodes.get(name)?.moves ?? []) {
        if (!pending(move.cells).includes(waiting)) continue
        const to = system.encode(move.cells)
        const now = new Set([...dealt, system.actor(move), ...idleIn(to)])
        if (to === start && now.size === actors.length) return length + 1
        if (seen.has(key(to, now))) continue
        seen.add(key(to, now))
        queue.push({ name: to, dealt: now, length: length + 1 })
      }
    }
    return Number.POSITIVE_INFINITY
  }

  function idleIn(name: string): ReadonlySet<number> {
    const able = new Set(nodes.get(name)?.moves.map(move => system.actor(move)))
    return new Set(actors.filter(actor => !able.has(actor)))
  }
}

/** What is wrong with a run that claims to break a liveness property; null where it does. */
export const faultOfLasso = <C>(
  system: System<C>,
  { pending }: LivenessProperty<C>,
  { initial, steps, cycle }: Run<C>,
): string | null => {
  let cells = initial
  for (const step of [...steps, ...(cycle ?? [])]) {
    const taken = successorsOf(system, cells).some(
      move => system.actor(move) === step.actor && system.encode(move.cells) === system.encode(step.cells),
    )
    if (!taken) return `no step to ${system.encode(step.cells)}`
    cells = step.cells
  }
  const round = [steps.at(-1)?.cells ?? initial, ...(cycle ?? []).map(step => step.cells)]
  if (system.encode(round[0] as C) !== system.encode(cells)) return 'the cycle does not close'
  if (!pending(cells).some(actor => round.every(at => pending(at).includes(actor))))
    return 'no actor waits all along'
  const able = round.map(at => new Set(successorsOf(system, at).map(move => system.actor(move))))
  if (cycle === undefined) return able[0]?.size === 0 ? null : 'an actor can move'
  const ignored = [...(able[0] ?? [])].filter(
    actor => able.every(those => those.has(actor)) && !cycle.some(step => step.actor === actor),
  )
  return ignored.length === 0 ? null : `actor ${ignored[0]} is ignored`
}

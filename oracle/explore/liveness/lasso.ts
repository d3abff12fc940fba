import { MAX_STATES, type StateGraph } from '../search/state-graph.js'
import type { FairComponent } from './fairness.js'

/** Steps from a state: the bit of the actor that takes each, and the state it leads to. */
export type Track = readonly { readonly bit: number; readonly to: number }[]

/** A path to a state and a cycle from it. */
export interface Lasso {
  readonly start: number
  readonly cycle: Track
  /** Of the path to the start and the cycle together. */
  readonly length: number
}

/** The number of places that may still be visited to find a shorter cycle. At 0 the cycle found so far is taken. */
export interface Patience {
  left: number
}

/** In the key of a place, the mask of actors dealt with stands above the bits of the state. */
const ACTORS_DEALT = MAX_STATES

/**
 * A fair cycle in a component and the path to it; together the shortest, while patience lasts. Null where none
 * shorter than `bound` is found. `depthOf` is the length of the path to a state.
 */
export const lassoIn = <C>(
  graph: StateGraph<C>,
  component: FairComponent,
  depthOf: (state: number) => number,
  bound: number,
  patience: Patience,
): Lasso | null => {
  let best: Lasso | null = null
  let length = bound
  for (const start of component.members) {
    const depth = depthOf(start)
    if (depth + 1 >= length) break
    let cycle = walk(graph, component, start, 0, isRound, length - depth - 1, patience)
    if (patience.left < 0) {
      if (length < Number.POSITIVE_INFINITY) break
      cycle = anyCycle(graph, component, start)
    }
    if (cycle === null) continue
    length = depth + cycle.length
    best = { start, cycle, length }
  }
  return best
}

/** Whether a walk may end at a place: a state, and the mask of actors dealt with on the way. */
type Goal = (at: { state: number; dealt: number }, start: number, owed: number) => boolean

const isRound: Goal = ({ state, dealt }, start, owed) => state === start && dealt === owed

/** A fair cycle that deals with one actor after the other: found quickly, but not the shortest. */
const anyCycle = <C>(graph: StateGraph<C>, component: FairComponent, start: number): Track => {
  const { owed } = component
  const unlimited: Patience = { left: Number.POSITIVE_INFINITY }
  const track: { bit: number; to: number }[] = []
  let at = start
  let dealt = 0
  for (;;) {
    const before = dealt | (owed & ~graph.enabled(at))
    const goal: Goal = before === owed ? ({ state }) => state === start : place => place.dealt !== before
    const part = walk(graph, component, at, dealt, goal, Number.POSITIVE_INFINITY, unlimited)
    if (part === null) throw new Error('a fair component has no fair cycle') // by isFair
    for (const { bit, to } of part) {
      track.push({ bit, to })
      at = to
      dealt |= owed & ((1 << bit) | ~graph.enabled(to))
    }
    if (before === owed) return track
  }
}

/**
 * The shortest walk of at least one step inside a component to a goal: breadth first over (state, actors dealt with).
 */
const walk = <C>(
  graph: StateGraph<C>,
  { members, owed }: FairComponent,
  start: number,
  dealtBefore: number,
  goal: Goal,
  longest: number,
  patience: Patience,
): Track | null => {
  const inside = membership(members)
  const places = [
    { state: start, dealt: dealtBefore | (owed & ~graph.enabled(start)), from: -1, bit: -1, length: 0 },
  ]
  const known = new Set<number>([start + places[0]!.dealt * ACTORS_DEALT])
  for (let next = 0; next < places.length; next++) {
    const at = places[next] as (typeof places)[number]
    if (at.length >= longest) return null
    for (let edge = graph.firstEdge(at.state); edge < graph.firstEdge(at.state + 1); edge++) {
      const state = graph.target(edge)
      if (!inside(state)) continue
      const bit = graph.actorBit(edge)
      const dealt = at.dealt | (owed & ((1 << bit) | ~graph.enabled(state)))
      const place = { state, dealt, from: next, bit, length: at.length + 1 }
      if (goal(place, start, owed)) return trackTo(places, place)
      const key = state + dealt * ACTORS_DEALT
      if (known.has(key)) continue
      if (--patience.left < 0) return null
      known.add(key)
      places.push(place)
    }
  }
  return null
}

const trackTo = <P extends { state: number; bit: number; from: number }>(
  places: readonly P[],
  end: P,
): Track => {
  const track: { bit: number; to: number }[] = []
  for (let at = end; at.from >= 0; at = places[at.from] as P) track.push({ bit: at.bit, to: at.state })
  return track.reverse()
}

/** Whether a state is one of those in an ascending list. */
const membership =
  (members: Uint32Array) =>
  (state: number): boolean => {
    let low = 0
    let high = members.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((members[middle] as number) < state) low = middle + 1
      else high = middle
    }
    return members[low] === state
  }

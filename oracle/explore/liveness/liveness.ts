import { replay, type Waypoint } from '../replay.js'
import type { Run, Verdict } from '../result.js'
import type { StateGraph } from '../search/state-graph.js'
import type { Sweep } from '../search/sweep.js'
import type { Column } from '../store/column.js'
import type { System } from '../system.js'
import { waitingComponents } from './components.js'
import { type FairComponent, isFair } from './fairness.js'
import { type Lasso, lassoIn } from './lasso.js'

/** Places visited to find a shorter cycle, for each property, before the one found is taken. */
const MAX_PLACES = 2_000_000

/**
 * The verdict of a search on a liveness property. It fails where an actor waits and no actor can move, or where an
 * actor waits all along a cycle that is weakly fair to every actor. States that were not expanded are on no cycle, so
 * a search that was cut short reports no false failure.
 */
export const livenessVerdict = <C>(
  system: System<C>,
  sweep: Sweep<C>,
  graph: StateGraph<C>,
  property: number,
): Verdict<C> => {
  const pending = graph.pending[property] as Column // there is one for each property
  const { actors } = graph
  const ends: { length: number; run: () => Run<C> }[] = []

  const stuck = firstStuck(graph, pending)
  if (stuck !== null) {
    const why = `actor ${actors.actorOf(stuck.waiting)} waits and no actor can move`
    ends.push({
      length: sweep.depthOf(stuck.state),
      run: () => runTo(system, sweep, graph, stuck.state, null, why),
    })
  }
  let bound = ends[0]?.length ?? Number.POSITIVE_INFINITY
  const patience = { left: MAX_PLACES }
  for (const component of fairComponents(graph, pending)) {
    const lasso = lassoIn(graph, component, state => sweep.depthOf(state), bound, patience)
    if (lasso === null) continue
    bound = lasso.length
    const why = `actor ${actors.actorOf(component.waiting)} waits for ever, though every actor is treated fairly`
    ends.push({ length: bound, run: () => runTo(system, sweep, graph, lasso.start, lasso, why) })
  }
  const best = ends.at(-1) // each is shorter than the ones before it
  if (best !== undefined) {
    return {
      holds: false,
      run: { ...best.run(), shortest: patience.left >= 0 && sweep.ended === 'complete' },
    }
  }
  return sweep.ended === 'complete' ? { holds: true } : { holds: 'inconclusive', states: sweep.states.size }
}

/**
 * The first state in which an actor waits and no actor can move, with the bit of the one that waits; null where there
 * is none.
 */
const firstStuck = <C>(
  graph: StateGraph<C>,
  pending: Column,
): { readonly state: number; readonly waiting: number } | null => {
  for (let state = 0; state < graph.states; state++) {
    const waiting = pending.get(state)
    if (waiting !== 0 && graph.enabled(state) === 0)
      return { state, waiting: 31 - Math.clz32(waiting & -waiting) }
  }
  return null
}

/** Components with a fair run for ever in which one actor waits; the nearest to a start first. */
const fairComponents = <C>(graph: StateGraph<C>, pending: Column): readonly FairComponent[] => {
  const fair: FairComponent[] = []
  const owed = (1 << graph.actors.size) - 1
  for (let waiting = 0; waiting < graph.actors.size; waiting++) {
    waitingComponents(graph, pending, waiting, (members, isMember) => {
      if (isFair(graph, members, isMember))
        fair.push({ members: Uint32Array.from(members).sort(), waiting, owed })
    })
  }
  return fair.sort((a, b) => (a.members[0] as number) - (b.members[0] as number))
}

const runTo = <C>(
  system: System<C>,
  sweep: Sweep<C>,
  graph: StateGraph<C>,
  state: number,
  lasso: Lasso | null,
  why: string,
): Run<C> => {
  const [start = 0, ...path] = sweep.pathTo(state)
  const initial = sweep.startOf(start)
  const waypoint = (id: number): Waypoint => ({ name: sweep.states.nameOf(id) })
  const steps = replay(system, initial, path.map(waypoint))
  if (lasso === null) return { initial, steps, why, shortest: true }
  const round = lasso.cycle.map(({ bit, to }) => ({ ...waypoint(to), actor: graph.actors.actorOf(bit) }))
  return {
    initial,
    steps,
    cycle: replay(system, steps.at(-1)?.cells ?? initial, round),
    why,
    shortest: true,
  }
}

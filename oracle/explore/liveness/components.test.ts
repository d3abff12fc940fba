import { describe, expect, it } from 'vitest'
import { faultOfLasso } from '../examples/by-definition.js'
import { drawMachine } from '../examples/random-processes.js'
import { replay } from '../replay.js'
import { StateGraph } from '../search/state-graph.js'
import { Sweep } from '../search/sweep.js'
import { Watch } from '../search/watch.js'
import type { LivenessProperty, System } from '../system.js'
import { waitingComponents } from './components.js'
import { type FairComponent, isFair } from './fairness.js'
import { type Lasso, lassoIn } from './lasso.js'

const graphOf = <C>(system: System<C>, properties: readonly LivenessProperty<C>[]) => {
  const graph = new StateGraph(properties)
  const sweep = new Sweep({ system, starts: system.initial }, new Watch<C>([], []), graph, false, {})
  sweep.advance(1e6)
  return { graph, sweep }
}

/** Actor 9 waits everywhere. */
const everywhere = { name: 'everywhere', pending: () => [9] }

const componentsOf = (...arrows: readonly (readonly [from: number, actor: number, to: number])[]) => {
  const graph = new StateGraph([everywhere])
  const states = 1 + Math.max(...arrows.flatMap(([from, , to]) => [from, to]))
  for (let state = 0; state < states; state++) {
    graph.enter(graph.waiting({}))
    for (const [from, actor, to] of arrows) if (from === state) graph.edge(to, actor)
    graph.seal()
  }
  const found: { members: readonly number[]; fair: boolean }[] = []
  waitingComponents(graph, graph.pending[0]!, graph.actors.bitOf(9), (members, isMember) => {
    expect(members.every(isMember)).toBe(true)
    expect([...Array(states).keys()].filter(isMember)).toHaveLength(members.length)
    found.push({ members: [...members].sort(), fair: isFair(graph, members, isMember) })
  })
  return found
}

describe('the components of a graph', () => {
  it('are the sets of states that reach each other, and one state only if it leads to itself', () => {
    const found = componentsOf([0, 0, 1], [1, 0, 2], [2, 0, 1], [2, 0, 3], [3, 0, 4], [4, 0, 4], [4, 0, 5])
    expect(found.map(({ members }) => members)).toEqual([[4], [1, 2]])
  })

  it('are found through back edges and cross edges', () => {
    const found = componentsOf([0, 0, 1], [1, 0, 2], [2, 0, 0], [0, 0, 3], [3, 0, 2], [3, 0, 4], [4, 0, 3])
    expect(found.map(({ members }) => members)).toEqual([[0, 1, 2, 3, 4]])
  })

  it('are fair where each actor that can always move does, by steps inside', () => {
    const fairnessOf = (...arrows: readonly (readonly [number, number, number])[]) =>
      componentsOf(...arrows).map(c => c.fair)
    expect(fairnessOf([0, 0, 1], [1, 0, 0])).toEqual([true])
    expect(fairnessOf([0, 0, 1], [1, 0, 0], [0, 1, 2])).toEqual([true])
    expect(fairnessOf([0, 0, 1], [1, 0, 0], [0, 1, 2], [1, 1, 2])).toEqual([false])
    expect(fairnessOf([0, 0, 1], [1, 0, 0], [0, 1, 2], [1, 1, 0])).toEqual([true])
  })
})

it('a search for a lasso that runs out of patience still finds a fair cycle, if not the shortest', () => {
  let longer = 0
  let cycles = 0
  for (let seed = 0; seed < 300; seed++) {
    const { system, liveness } = drawMachine(seed)
    const { graph, sweep } = graphOf(system, [liveness])
    const owed = (1 << graph.actors.size) - 1
    const fair: FairComponent[] = []
    for (let waiting = 0; waiting < graph.actors.size; waiting++) {
      waitingComponents(graph, graph.pending[0]!, waiting, (members, isMember) => {
        if (isFair(graph, members, isMember))
          fair.push({ members: Uint32Array.from(members).sort(), waiting, owed })
      })
    }
    const nearest = (component: FairComponent, left: number) =>
      lassoIn(graph, component, state => sweep.depthOf(state), Number.POSITIVE_INFINITY, { left }) as Lasso
    for (const component of fair) {
      cycles++
      const hasty = nearest(component, 0)
      if (hasty.length > nearest(component, 1e6).length) longer++
      const named = (state: number) => ({ name: sweep.states.nameOf(state) })
      const [initial] = system.initial
      const steps = replay(system, initial!, sweep.pathTo(hasty.start).slice(1).map(named))
      const cycle = replay(
        system,
        steps.at(-1)?.cells ?? initial!,
        hasty.cycle.map(({ bit, to }) => ({ ...named(to), actor: graph.actors.actorOf(bit) })),
      )
      expect(
        faultOfLasso(system, liveness, { initial: initial!, steps, cycle, why: '', shortest: false }),
      ).toBe(null)
    }
  }
  expect(cycles).toBeGreaterThan(50)
  expect(longer).toBeGreaterThan(0)
})

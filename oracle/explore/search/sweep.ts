import type { Ended } from '../result.js'
import { Column } from '../store/column.js'
import type { System } from '../system.js'
import { NamedStates } from './named-states.js'
import { MAX_STATES, type StateGraph } from './state-graph.js'
import type { Arrive, States } from './states.js'
import { TupleStates } from './tuple-states.js'
import type { Watch } from './watch.js'

/** A system and the starts that are searched together. */
export interface World<C> {
  readonly system: System<C>
  readonly starts: readonly C[]
}

/** The predecessor of a start. */
const START = 0xffffffff

/** As in `ExploreOptions`. */
export interface SweepLimits {
  readonly maxStates?: number
  readonly maxBytes?: number
}

/**
 * One breadth-first search. States are numbered in the order in which they are found, which is that of their
 * expansion.
 */
export class Sweep<C> {
  readonly states: States<C>
  /** The first state of each depth. */
  readonly layers: number[] = [0]
  transitions = 0
  ended: Ended | null = null
  readonly #watch: Watch<C>
  readonly #graph: StateGraph<C> | null
  readonly #maxBytes: number
  readonly #from = new Column()
  readonly #starts: C[] = []
  readonly #arrive: Arrive
  #next = 0
  #layerEnd: number
  /** States found before the step that is being taken. */
  #known = 0

  constructor(
    { system, starts }: World<C>,
    watch: Watch<C>,
    graph: StateGraph<C> | null,
    reduce: boolean,
    { maxStates = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: SweepLimits,
  ) {
    this.#watch = watch
    this.#graph = graph
    this.#maxBytes = maxBytes
    this.states = statesOf(system, reduce, graph === null ? maxStates : Math.min(maxStates, MAX_STATES))
    for (const start of starts) {
      const id = this.#found(this.states.start(start), START)
      if (id === this.#starts.length) this.#starts.push(start)
    }
    this.#layerEnd = this.states.size
    this.states.descend()
    this.#arrive = (to, actor) => {
      this.transitions++
      this.#found(to, this.#next)
      if (graph !== null) graph.edge(to, actor)
    }
  }

  get depth(): number {
    return this.states.size > this.#layerEnd ? this.layers.length : this.layers.length - 1
  }

  get bytes(): number {
    return this.states.bytes + this.#from.bytes + (this.#graph?.bytes ?? 0)
  }

  /** The cells of a start, by its number. */
  startOf(state: number): C {
    return this.#starts[state] as C // starts are the first states
  }

  /** The states on the path to one, from a start to itself. */
  pathTo(state: number): readonly number[] {
    const path: number[] = []
    for (let at = state; at !== START; at = this.#from.get(at)) path.push(at)
    return path.reverse()
  }

  /** How many steps an expanded state is away from a start. */
  depthOf(state: number): number {
    let depth = this.layers.length - 1
    while ((this.layers[depth] as number) > state) depth--
    return depth
  }

  /** Expands up to so many more states. */
  advance(states: number): void {
    const stop = this.#next + states
    while (this.ended === null && this.#next < stop) {
      if (this.#next === this.#layerEnd && !this.#descend()) return
      this.states.expand(this.#next, this.#graph, this.#arrive)
      if (this.#graph !== null) this.#graph.seal()
      this.#next++
    }
    if (this.ended === null && this.bytes > this.#maxBytes) this.ended = 'limit'
  }

  /** Goes on to the next depth; false where there is none, or no property asks about it. */
  #descend(): boolean {
    if (this.#next === this.states.size) this.ended = 'complete'
    else if (this.#graph === null && this.#decided()) this.ended = 'decided'
    if (this.ended !== null) return false
    this.layers.push(this.#layerEnd)
    this.#layerEnd = this.states.size
    this.states.descend()
    return true
  }

  /** The states just found are one step deeper than the last layer begun; those they lead to are one more. */
  #decided(): boolean {
    return this.#watch.hasQuestions && !this.#watch.asks(this.layers.length + 1)
  }

  /** A step led to this state. A new one goes to the watch. */
  #found(id: number, from: number): number {
    if (id === this.#known) {
      this.#known++
      this.#from.set(id, from)
      this.states.show(this.#watch, id, from === START ? 0 : this.layers.length)
    } else if (id < 0) this.ended = 'limit'
    return id
  }
}

/** Parts are used where there is no reduction, and where they were made for the system's own `successors`. */
const statesOf = <C>(system: System<C>, reduce: boolean, limit: number): States<C> =>
  system.parts === undefined ||
  (reduce && system.persistent !== undefined) ||
  system.parts.successors !== system.successors
    ? new NamedStates(system, reduce, limit)
    : new TupleStates(system, system.parts, limit)

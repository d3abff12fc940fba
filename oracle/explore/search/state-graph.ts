import { Column } from '../store/column.js'
import type { LivenessProperty } from '../system.js'

/** Bits of an edge for its actor. */
const ACTOR_BITS = 5
const ACTOR = (1 << ACTOR_BITS) - 1
/** The most states: the other bits of an edge. */
export const MAX_STATES = 2 ** (32 - ACTOR_BITS)

/** The most actors: a state and a mask of actors must fit in one number below 2⁵³, the key of a place in `lasso.ts`. */
const MAX_ACTORS = 26

/** Actors as bits, in the order in which they were first seen. */
class Actors {
  readonly #met: number[] = []

  get size(): number {
    return this.#met.length
  }

  actorOf(bit: number): number {
    const actor = this.#met[bit]
    if (actor === undefined) throw new Error(`no actor has bit ${bit}`) // bits are only given out by bitOf
    return actor
  }

  bitOf(actor: number): number {
    const bit = this.#met.indexOf(actor)
    if (bit >= 0) return bit
    if (this.#met.length === MAX_ACTORS) throw new Error(`more than ${MAX_ACTORS} actors`) // a system has a handful
    this.#met.push(actor)
    return this.#met.length - 1
  }
}

/**
 * The graph on which liveness is decided: the steps between states with their actors, and for each state the actors
 * that can move and those that wait. States are added in order, each with all its edges, which are one stretch of a
 * column.
 */
export class StateGraph<C> {
  readonly actors = new Actors()
  /** For each liveness property, by state: the actors that wait, as bits. */
  readonly pending: readonly Column[]
  readonly #properties: readonly LivenessProperty<C>[]
  readonly #first = new Column()
  readonly #edges = new Column()
  readonly #enabled = new Column()
  #states = 0
  #size = 0
  #able = 0

  constructor(properties: readonly LivenessProperty<C>[]) {
    this.#properties = properties
    this.pending = properties.map(() => new Column())
    this.#first.set(0, 0)
  }

  /** The number of expanded states, which are those below it. */
  get states(): number {
    return this.#states
  }

  get bytes(): number {
    const columns = [this.#first, this.#edges, this.#enabled, ...this.pending]
    return columns.reduce((sum, column) => sum + column.bytes, 0)
  }

  /** For each property, the actors that wait in a state of these cells. */
  waiting(cells: C): readonly (readonly number[])[] {
    return this.#properties.map(property => property.pending(cells))
  }

  /** Begins the expansion of the next state, in which these actors wait. */
  enter(waiting: readonly (readonly number[])[]): void {
    for (let p = 0; p < waiting.length; p++) {
      const actors = waiting[p] as readonly number[]
      let mask = 0
      for (let i = 0; i < actors.length; i++) mask |= 1 << this.actors.bitOf(actors[i] as number)
      ;(this.pending[p] as Column).set(this.#states, mask)
    }
  }

  /** A step of the state that is being expanded; `to` is -1 where there was no room for the state it leads to. */
  edge(to: number, actor: number): void {
    const bit = this.actors.bitOf(actor)
    this.#able |= 1 << bit
    if (to >= 0) this.#edges.set(this.#size++, ((to << ACTOR_BITS) | bit) >>> 0)
  }

  /** Ends the expansion of a state. */
  seal(): void {
    this.#enabled.set(this.#states, this.#able)
    this.#able = 0
    this.#first.set(++this.#states, this.#size)
  }

  /** The first edge of a state; its last is the one before the next state's first. */
  firstEdge(state: number): number {
    return this.#first.get(state)
  }

  target(edge: number): number {
    return this.#edges.get(edge) >>> ACTOR_BITS
  }

  actorBit(edge: number): number {
    return this.#edges.get(edge) & ACTOR
  }

  /** The actors that can move in a state, as bits. */
  enabled(state: number): number {
    return this.#enabled.get(state)
  }
}

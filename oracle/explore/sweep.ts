import { type Successor, step } from '../../spec/rewrite/index.js'
import { ample } from './ample.js'
import { Column } from './column.js'
import { NameTable } from './name-table.js'
import type { Ended } from './result.js'
import { MOST_STATES, type StateGraph } from './state-graph.js'
import type { System } from './system.js'
import type { Watch } from './watch.js'

/** Starts that are searched together, and the system they are starts of. */
export interface World<C> {
  readonly system: System<C>
  readonly starts: readonly C[]
}

/** Stands for the predecessor of a start. */
const START = 0xffffffff
/** What cells that wait to be expanded are taken to weigh, where they are not kept as names: an estimate. */
const BYTES_OF_CELLS = 1024

export interface SweepLimits {
  readonly maxStates?: number
  readonly maxBytes?: number
}

/** One breadth-first search from all starts of a system. States are numbered as they are found, so also as expanded. */
export class Sweep<C> {
  readonly names: NameTable
  /** The first state of each depth. */
  readonly layers: number[] = [0]
  transitions = 0
  ended: Ended | null = null
  readonly #system: System<C>
  readonly #watch: Watch<C>
  readonly #graph: StateGraph<C> | null
  readonly #reduce: boolean
  readonly #maxBytes: number
  readonly #from = new Column()
  readonly #starts: C[] = []
  readonly #successors: (cells: C) => readonly Successor<C>[]
  /** Cells of the states of the depth being expanded and of the next, where the system cannot rebuild them. */
  #cells: C[] = []
  #nextCells: C[] = []
  #next = 0
  #layerEnd: number

  constructor(
    { system, starts }: World<C>,
    watch: Watch<C>,
    graph: StateGraph<C> | null,
    reduce: boolean,
    { maxStates = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: SweepLimits,
  ) {
    this.#system = system
    this.#watch = watch
    this.#graph = graph
    this.#reduce = reduce
    this.#maxBytes = maxBytes
    const { relation } = system
    this.#successors =
      system.successors === undefined ? cells => step(relation, cells) : cells => system.successors!(cells)
    this.names = new NameTable(graph === null ? maxStates : Math.min(maxStates, MOST_STATES))
    for (const start of starts) {
      const id = this.#found(system.encode(start), start, START)
      if (id === this.#starts.length) this.#starts.push(start)
    }
    this.#layerEnd = this.names.size
    this.#turnLayer()
  }

  get depth(): number {
    return this.names.size > this.#layerEnd ? this.layers.length : this.layers.length - 1
  }

  get bytes(): number {
    const waiting = this.#system.decode === undefined ? this.#cells.length + this.#nextCells.length : 0
    return this.names.bytes + this.#from.bytes + (this.#graph?.bytes ?? 0) + waiting * BYTES_OF_CELLS
  }

  /** The starts, by state. */
  startOf(state: number): C {
    return this.#starts[state] as C // starts are the first states
  }

  /** The states on the way to one, first to last, itself included. */
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

  /** Expands so many states more, or fewer where the search ends. */
  advance(states: number): void {
    const stop = this.#next + states
    while (this.ended === null && this.#next < stop) {
      if (this.#next === this.#layerEnd && !this.#descend()) return
      this.#expand(this.#next)
    }
    if (this.ended === null && this.bytes > this.#maxBytes) this.ended = 'limit'
  }

  /** Goes on to the next depth; false where there is none, or nobody asks about it. */
  #descend(): boolean {
    if (this.#next === this.names.size) this.ended = 'complete'
    else if (this.#graph === null && this.#decided()) this.ended = 'decided'
    if (this.ended !== null) return false
    this.layers.push(this.#layerEnd)
    this.#layerEnd = this.names.size
    this.#turnLayer()
    return true
  }

  /** The states just found are one step deeper than the deepest layer begun, and what they lead to one more. */
  #decided(): boolean {
    return this.#watch.hasQuestions && !this.#watch.asks(this.layers.length + 1)
  }

  #turnLayer(): void {
    this.#cells = this.#nextCells
    this.#nextCells = []
  }

  #expand(id: number): void {
    const system = this.#system
    const graph = this.#graph
    const cells = this.#cellsOf(id)
    const moves = this.#successors(cells)
    this.#next = id + 1
    if (graph !== null) graph.enter(cells)
    if (this.#reduce && moves.length > 1) {
      const names: (string | undefined)[] = []
      const few = ample(system, moves, cells, this.#next, this.names, names)
      if (few !== null) {
        for (const i of few) this.#take(names[i] as string, (moves[i] as Successor<C>).cells, id)
        return
      }
    }
    for (let i = 0; i < moves.length; i++) {
      const move = moves[i] as Successor<C>
      const to = this.#take(system.encode(move.cells), move.cells, id)
      if (graph !== null) graph.edge(to, system.actor(move))
    }
    if (graph !== null) graph.seal()
  }

  #take(name: string, cells: C, from: number): number {
    this.transitions++
    return this.#found(name, cells, from)
  }

  /** The number of a state that was found; a new one is looked at and waits to be expanded. */
  #found(name: string, cells: C, from: number): number {
    const before = this.names.size
    const id = this.names.add(name)
    if (id === before) {
      this.#from.set(id, from)
      if (this.#system.decode === undefined) this.#nextCells.push(cells)
      this.#watch.look(cells, id, from === START ? 0 : this.layers.length)
    } else if (id < 0) this.ended = 'limit'
    return id
  }

  #cellsOf(id: number): C {
    const system = this.#system
    if (system.decode !== undefined) return system.decode(this.names.nameOf(id), this.#starts[0] as C)
    const at = id - (this.layers[this.layers.length - 1] as number)
    return this.#cells[at] as C
  }
}

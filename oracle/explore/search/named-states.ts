import { type Successor, step } from '../../../spec/rewrite/index.js'
import { ample } from '../reduction/ample.js'
import { NameTable } from '../store/name-table.js'
import type { System } from '../system.js'
import type { StateGraph } from './state-graph.js'
import type { Arrive, States } from './states.js'
import type { Watch } from './watch.js'

/** Bytes of the cells of one unexpanded state: an estimate. */
const BYTES_OF_CELLS = 1024

/** States by name. The cells of unexpanded states are kept, unless the system can rebuild them (`decode`). */
export class NamedStates<C> implements States<C> {
  readonly #system: System<C>
  readonly #reduce: boolean
  readonly #names: NameTable
  readonly #successors: (cells: C) => readonly Successor<C>[]
  /** Cells of the states of the current depth and of the next, where the system has no `decode`. */
  #cells: C[] = []
  #nextCells: C[] = []
  /** The first state of the current depth, and of the next. */
  #first = 0
  #nextFirst = 0
  #initial: C | undefined
  #found: C | undefined

  constructor(system: System<C>, reduce: boolean, limit: number) {
    this.#system = system
    this.#reduce = reduce
    this.#names = new NameTable(limit)
    const { relation } = system
    this.#successors =
      system.successors === undefined ? cells => step(relation, cells) : cells => system.successors!(cells)
  }

  get size(): number {
    return this.#names.size
  }

  get bytes(): number {
    const waiting = this.#system.decode === undefined ? this.#cells.length + this.#nextCells.length : 0
    return this.#names.bytes + waiting * BYTES_OF_CELLS
  }

  nameOf(id: number): string {
    return this.#names.nameOf(id)
  }

  start(cells: C): number {
    this.#initial ??= cells
    return this.#add(this.#system.encode(cells), cells)
  }

  descend(): void {
    this.#first = this.#nextFirst
    this.#nextFirst = this.#names.size
    this.#cells = this.#nextCells
    this.#nextCells = []
  }

  expand(id: number, graph: StateGraph<C> | null, arrive: Arrive): void {
    const system = this.#system
    const cells = this.#cellsOf(id)
    const moves = this.#successors(cells)
    if (graph !== null) graph.enter(graph.waiting(cells))
    if (this.#reduce && moves.length > 1) {
      const names: (string | undefined)[] = []
      const few = ample(system, moves, cells, id + 1, this.#names, names)
      if (few !== null) {
        for (const i of few) {
          const move = moves[i] as Successor<C>
          arrive(this.#add(names[i] as string, move.cells), system.actor(move))
        }
        return
      }
    }
    for (let i = 0; i < moves.length; i++) {
      const move = moves[i] as Successor<C>
      arrive(this.#add(system.encode(move.cells), move.cells), graph === null ? 0 : system.actor(move))
    }
  }

  show(watch: Watch<C>, id: number, depth: number): void {
    watch.look(this.#found as C, id, depth) // called only for a state just added
  }

  #add(name: string, cells: C): number {
    const before = this.#names.size
    const id = this.#names.add(name)
    if (id === before) {
      this.#found = cells
      if (this.#system.decode === undefined) this.#nextCells.push(cells)
    }
    return id
  }

  #cellsOf(id: number): C {
    const system = this.#system
    if (system.decode !== undefined) return system.decode(this.#names.nameOf(id), this.#initial as C)
    return this.#cells[id - this.#first] as C
  }
}

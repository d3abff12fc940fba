import type { Successor } from '../../../spec/rewrite/index.js'
import { successorsOf } from '../replay.js'
import { NameTable } from '../store/name-table.js'
import type { System } from '../system.js'

/** What is observed of a move; null for an internal one. */
export type Label<C> = (move: Successor<C>) => string | null

interface Moves {
  readonly internal: readonly number[]
  readonly observed: ReadonlyMap<string, readonly number[]>
}

/**
 * The sets of states in which a system may be after a trace: its subset construction, built on demand. A set is closed
 * under internal moves, and is identified by its number.
 */
export class TraceSets<A> {
  readonly #system: System<A>
  readonly #label: Label<A>
  readonly #names = new NameTable()
  readonly #cells: A[] = []
  readonly #moves: (Moves | undefined)[] = []
  readonly #setOf = new Map<string, number>()
  readonly #sets: (readonly number[])[] = []
  readonly #after: Map<string, number | null>[] = []

  constructor(system: System<A>, label: Label<A>) {
    this.#system = system
    this.#label = label
  }

  /** Distinct states so far. */
  get states(): number {
    return this.#names.size
  }

  /** Distinct sets so far. */
  get sets(): number {
    return this.#sets.length
  }

  /** The set of these states and all that internal moves reach from them. */
  of(states: readonly A[]): number {
    return this.#closed(states.map(state => this.#number(state)))
  }

  /** The set after a label; null where the label cannot be observed. */
  after(set: number, label: string): number | null {
    const known = this.#after[set] as Map<string, number | null> // there is one for each set
    const before = known.get(label)
    if (before !== undefined) return before
    const reached = (this.#sets[set] ?? []).flatMap(state => this.#movesOf(state).observed.get(label) ?? [])
    const next = reached.length === 0 ? null : this.#closed(reached)
    known.set(label, next)
    return next
  }

  /** The labels that may be observed next. */
  labels(set: number): readonly string[] {
    const all = (this.#sets[set] ?? []).flatMap(state => [...this.#movesOf(state).observed.keys()])
    return [...new Set(all)].sort()
  }

  #number(cells: A): number {
    const before = this.#names.size
    const id = this.#names.add(this.#system.encode(cells))
    if (id === before) this.#cells.push(cells)
    return id
  }

  #movesOf(state: number): Moves {
    const known = this.#moves[state]
    if (known !== undefined) return known
    const internal: number[] = []
    const observed = new Map<string, number[]>()
    for (const move of successorsOf(this.#system, this.#cells[state] as A)) {
      const label = this.#label(move)
      const to = this.#number(move.cells)
      if (label === null) internal.push(to)
      else observed.set(label, [...(observed.get(label) ?? []), to])
    }
    const moves = { internal, observed }
    this.#moves[state] = moves
    return moves
  }

  #closed(states: readonly number[]): number {
    const all = new Set(states)
    for (const state of all) for (const to of this.#movesOf(state).internal) all.add(to)
    const members = [...all].sort((a, b) => a - b)
    const name = members.join()
    const known = this.#setOf.get(name)
    if (known !== undefined) return known
    this.#setOf.set(name, this.#sets.length)
    this.#after.push(new Map())
    return this.#sets.push(members) - 1
  }
}

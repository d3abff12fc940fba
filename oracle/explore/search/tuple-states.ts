import { type Relation, step } from '../../../spec/rewrite/index.js'
import { Memo } from '../memo/memo.js'
import { PartReader } from '../memo/part-reader.js'
import type { Parts } from '../parts.js'
import { RowTable } from '../store/row-table.js'
import { ValueTable } from '../store/value-table.js'
import type { System } from '../system.js'
import type { StateGraph } from './state-graph.js'
import type { Arrive, States } from './states.js'
import type { Watch } from './watch.js'

/** A step as what it changes: parts and the numbers of their new values. */
interface Move {
  readonly actor: number
  readonly parts: readonly number[]
  readonly values: readonly number[]
}

/** Bytes of a memoised answer and of a read in a memo: estimates. */
const BYTES_OF_ANSWER = 160
const BYTES_OF_NODE = 120
const NOTHING: readonly null[] = []

/**
 * States as tuples of numbered values. Rules and properties are asked once for whatever they mover out to look at;
 * after that a step is recalled as the numbers it changes.
 */
export class TupleStates<C> implements States<C> {
  readonly #system: System<C>
  readonly #parts: Parts<C>
  readonly #relation: Relation<C>
  readonly #rows: RowTable
  readonly #values: readonly ValueTable[]
  /** The state that is being expanded, and a state that it leads to. */
  readonly #here: Uint32Array
  readonly #there: Uint32Array
  readonly #atHere: PartReader
  readonly #atThere: PartReader
  readonly #viewHere: C
  readonly #viewThere: C
  readonly #moves: readonly Memo<readonly Move[]>[]
  readonly #broken = new Memo<readonly (string | null)[]>()
  readonly #waiting = new Memo<readonly (readonly number[])[]>()

  constructor(system: System<C>, parts: Parts<C>, limit: number) {
    this.#system = system
    this.#parts = parts
    this.#relation = system.relation
    this.#rows = new RowTable(parts.count, limit)
    const alike = new ValueTable()
    this.#values = Array.from({ length: parts.count }, (_, part) =>
      part < parts.alikeFrom ? new ValueTable() : alike,
    )
    this.#here = new Uint32Array(parts.count)
    this.#there = new Uint32Array(parts.count)
    this.#atHere = new PartReader(this.#values, this.#here)
    this.#atThere = new PartReader(this.#values, this.#there)
    this.#viewHere = parts.view(this.#atHere.get)
    this.#viewThere = parts.view(this.#atThere.get)
    const ofAlike = new Memo<readonly Move[]>()
    this.#moves = parts.movers.map(part => (part < 0 ? new Memo<readonly Move[]>() : ofAlike))
  }

  get size(): number {
    return this.#rows.size
  }

  get bytes(): number {
    let bytes = this.#rows.bytes
    for (const recall of new Set([...this.#moves, this.#broken, this.#waiting]))
      bytes += recall.answers * BYTES_OF_ANSWER + recall.nodes * BYTES_OF_NODE
    return bytes
  }

  nameOf(id: number): string {
    const row = new Uint32Array(this.#parts.count)
    this.#rows.read(id, row)
    return this.#system.encode(this.#parts.join(new PartReader(this.#values, row).get))
  }

  start(cells: C): number {
    this.#parts.split(cells, (part, value) => {
      this.#there[part] = this.#numberOf(part, value)
    })
    this.#sort()
    return this.#rows.add(this.#there)
  }

  descend(): void {} // every state is kept in full

  expand(id: number, graph: StateGraph<C> | null, arrive: Arrive): void {
    const here = this.#here
    const there = this.#there
    this.#rows.read(id, here)
    if (graph !== null) graph.enter(this.#waiting.find(here) ?? this.#seeWaiting(graph))
    const { movers, alikeFrom } = this.#parts
    for (let mover = 0; mover < movers.length; mover++) {
      const part = movers[mover] as number
      // The mover is put first of the interchangeable parts, so that all of them share one memo.
      if (part > alikeFrom) this.#swap(part)
      const moves = (this.#moves[mover] as Memo<readonly Move[]>).find(here) ?? this.#apply(mover)
      for (let m = 0; m < moves.length; m++) {
        const { actor, parts, values } = moves[m] as Move
        for (let i = 0; i < here.length; i++) there[i] = here[i] as number
        for (let i = 0; i < parts.length; i++) there[parts[i] as number] = values[i] as number
        this.#sort()
        arrive(this.#rows.add(there), actor)
      }
      if (part > alikeFrom) this.#swap(part)
    }
  }

  show(watch: Watch<C>, id: number, depth: number): void {
    if (!watch.asks(depth)) return
    const broken = this.#broken.find(this.#there) ?? this.#seeBroken(watch)
    if (broken !== NOTHING) watch.note(broken, id, depth)
  }

  #swap(part: number): void {
    const row = this.#here
    const { alikeFrom } = this.#parts
    const value = row[alikeFrom] as number
    row[alikeFrom] = row[part] as number
    row[part] = value
  }

  /** Applies the rules to the state for one mover. */
  #apply(mover: number): readonly Move[] {
    const reader = this.#atHere
    reader.begin()
    const cells = this.#parts.offered(this.#viewHere, this.#firstAlike(mover), reader.get)
    const moves = step(this.#relation, cells).map((successor): Move => {
      const parts: number[] = []
      const values: number[] = []
      this.#parts.changes(successor.cells, cells, (part, value) => {
        const number = this.#numberOf(part, value)
        parts.push(part)
        values.push(number)
      })
      return { actor: this.#system.actor(successor), parts, values }
    })
    return (this.#moves[mover] as Memo<readonly Move[]>).enter(this.#here, reader.reads, moves)
  }

  /** The mover that stands for this one: of the interchangeable, the first. */
  #firstAlike(mover: number): number {
    return (this.#parts.movers[mover] as number) < 0
      ? mover
      : this.#parts.movers.indexOf(this.#parts.alikeFrom)
  }

  #seeBroken(watch: Watch<C>): readonly (string | null)[] {
    this.#atThere.begin()
    const broken = watch.brokenBy(this.#viewThere)
    const answer = broken.every(why => why === null) ? NOTHING : broken
    return this.#broken.enter(this.#there, this.#atThere.reads, answer)
  }

  #seeWaiting(graph: StateGraph<C>): readonly (readonly number[])[] {
    this.#atHere.begin()
    const waiting = graph.waiting(this.#viewHere)
    return this.#waiting.enter(this.#here, this.#atHere.reads, waiting)
  }

  #numberOf(part: number, value: unknown): number {
    return (this.#values[part] as ValueTable).number(this.#parts.name(part, value), value)
  }

  /** Sorts the values of the interchangeable parts, so that states that differ only in their order are one. */
  #sort(): void {
    const row = this.#there
    for (let i = this.#parts.alikeFrom + 1; i < row.length; i++) {
      const value = row[i] as number
      let at = i
      for (; at > this.#parts.alikeFrom && (row[at - 1] as number) > value; at--)
        row[at] = row[at - 1] as number
      row[at] = value
    }
  }
}

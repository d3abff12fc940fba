import type { SafetyProperty } from '../system.js'

export interface Sighting {
  readonly state: number
  readonly why: string
}

/** States of one depth kept as ends of candidate runs, of which the lightest is shown. */
const MAX_SIGHTINGS = 64

/**
 * Looks at every state as it is found. Since states come in order of depth, the first that breaks a property ends a
 * shortest run; the property is not asked again of deeper ones.
 */
export class Watch<C> {
  readonly sightings: readonly Sighting[][]
  readonly #properties: readonly SafetyProperty<C>[]
  readonly #within: number[]
  /** The depth beyond which nobody asks anything. */
  #interest: number

  /** @param within for each property the length of the longest run that is of interest */
  constructor(properties: readonly SafetyProperty<C>[], within: readonly number[]) {
    this.#properties = properties
    this.#within = [...within]
    this.#interest = Math.max(...within, -1)
    this.sightings = properties.map(() => [])
  }

  get hasQuestions(): boolean {
    return this.#properties.length > 0
  }

  /** Whether a state so deep can tell anything more. */
  asks(depth: number): boolean {
    return depth <= this.#interest
  }

  look(cells: C, state: number, depth: number): void {
    if (depth > this.#interest) return
    for (let i = 0; i < this.#properties.length; i++) {
      if (depth > (this.#within[i] as number)) continue
      const why = (this.#properties[i] as SafetyProperty<C>).violated(cells)
      if (why !== null) this.#note(i, { state, why }, depth)
    }
  }

  /** Why each property is broken in these cells, or null. */
  brokenBy(cells: C): readonly (string | null)[] {
    return this.#properties.map(property => property.violated(cells))
  }

  /** Looks at a state of which that is known. */
  note(broken: readonly (string | null)[], state: number, depth: number): void {
    for (let i = 0; i < broken.length; i++) {
      const why = broken[i] as string | null
      if (why !== null && depth <= (this.#within[i] as number)) this.#note(i, { state, why }, depth)
    }
  }

  #note(property: number, sighting: Sighting, depth: number): void {
    const seen = this.sightings[property] as Sighting[]
    if (seen.length < MAX_SIGHTINGS) seen.push(sighting)
    this.#within[property] = depth
    this.#interest = Math.max(...this.#within)
  }
}

import type { SafetyProperty } from '../system.js'

/** A state that breaks a property, and how. */
export interface Sighting {
  readonly state: number
  readonly why: string
}

/** The most states of one depth kept as ends of failing runs; the lightest of these runs is shown. */
const MAX_SIGHTINGS = 64

/**
 * Evaluates safety properties on every state as it is found. States come in order of depth, so the first that breaks a
 * property ends a shortest run, and the property is not evaluated on deeper ones.
 */
export class Watch<C> {
  readonly sightings: readonly Sighting[][]
  readonly #properties: readonly SafetyProperty<C>[]
  readonly #within: number[]
  /** The depth beyond which no property is evaluated. */
  #interest: number

  /** @param within for each property, the length of the longest run that matters */
  constructor(properties: readonly SafetyProperty<C>[], within: readonly number[]) {
    this.#properties = properties
    this.#within = [...within]
    this.#interest = Math.max(...within, -1)
    this.sightings = properties.map(() => [])
  }

  get hasQuestions(): boolean {
    return this.#properties.length > 0
  }

  /** Whether any property is still to be evaluated at this depth. */
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

  /** How these cells break each property, or null. */
  brokenBy(cells: C): readonly (string | null)[] {
    return this.#properties.map(property => property.violated(cells))
  }

  /** Like `look`, for a state on which the properties were evaluated before. */
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

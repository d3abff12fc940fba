import type { Progress } from './options.js'
import { type Ended, joinVerdicts, lengthOf, type Result, type Verdict, type Weigh } from './result.js'
import type { Sweep } from './search/sweep.js'

/** From best to worst: several searches together ended as the worst of them. */
const ENDINGS: readonly Ended[] = ['complete', 'decided', 'limit', 'stopped']

/** The verdicts and the counts of all searches so far. */
export class Tally<C> {
  readonly verdicts = new Map<string, Verdict<C>>()
  readonly #began = performance.now()
  readonly #weigh: Weigh<C> | undefined
  #states = 0
  #transitions = 0
  #depth = 0
  #bytes = 0
  #perState = 0
  #ended: Ended = 'complete'
  #spoke = 0

  constructor(properties: readonly { readonly name: string }[], weigh: Weigh<C> | undefined) {
    this.#weigh = weigh
    for (const { name } of properties) this.verdicts.set(name, { holds: true })
    if (this.verdicts.size < properties.length) throw new Error('two properties have one name') // the caller wrote them
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000
  }

  /** Seconds since progress was last asked for. */
  get silence(): number {
    return this.seconds - this.#spoke
  }

  /** The length of the longest run that still matters for a property. */
  within(property: string): number {
    const known = this.verdicts.get(property)
    return known?.holds === false ? lengthOf(known.run) : Number.POSITIVE_INFINITY
  }

  /** Adds the verdict of one search on a property. */
  join(property: string, verdict: Verdict<C>): void {
    this.verdicts.set(
      property,
      joinVerdicts(this.verdicts.get(property) ?? { holds: true }, verdict, this.#weigh),
    )
  }

  add({ states, transitions, depth, bytes }: Sweep<C>, ended: Ended): void {
    this.#states += states.size
    this.#transitions += transitions
    this.#depth = Math.max(this.#depth, depth)
    if (bytes > this.#bytes) {
      this.#bytes = bytes
      this.#perState = bytes / states.size
    }
    if (ENDINGS.indexOf(ended) > ENDINGS.indexOf(this.#ended)) this.#ended = ended
  }

  /** How far everything is, a search in progress included. */
  progress({ states, transitions, depth, bytes }: Sweep<C>): Progress {
    this.#spoke = this.seconds
    return {
      states: this.#states + states.size,
      transitions: this.#transitions + transitions,
      depth: Math.max(depth, this.#depth),
      bytes,
      seconds: this.#spoke,
    }
  }

  result(): Result<C> {
    return {
      states: this.#states,
      transitions: this.#transitions,
      depth: this.#depth,
      seconds: this.seconds,
      bytes: this.#bytes,
      bytesPerState: this.#perState,
      complete: this.#ended === 'complete',
      ended: this.#ended,
      verdicts: this.verdicts,
    }
  }
}

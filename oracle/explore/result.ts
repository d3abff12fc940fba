import type { Bindings } from '../../spec/rewrite/index.js'

/** One step of a run. */
export interface RunStep<C> {
  /** The id of the rule applied. */
  readonly rule: string
  /** `System.actor` of the step. */
  readonly actor: number
  readonly bindings: Bindings
  /** The cells after the step. */
  readonly cells: C
}

/** A run that breaks a property: steps to a state that breaks it, or steps and then a cycle that repeats for ever. */
export interface Run<C> {
  readonly initial: C
  readonly steps: readonly RunStep<C>[]
  readonly cycle?: readonly RunStep<C>[]
  /** How it breaks the property, a sentence. */
  readonly why: string
  /** Whether it is known that no run that breaks the property is shorter; false where a limit cut the search. */
  readonly shortest: boolean
}

/** The verdict on one property; inconclusive after so many states, where a limit or the signal ended the search. */
export type Verdict<C> =
  | { readonly holds: true }
  | { readonly holds: false; readonly run: Run<C> }
  | { readonly holds: 'inconclusive'; readonly states: number }

/**
 * How a search ended: `complete`, every state was expanded; `decided`, every property had failed; `limit`, of states,
 * bytes or seconds; `stopped`, by the signal.
 */
export type Ended = 'complete' | 'decided' | 'limit' | 'stopped'

/** What a search found. */
export interface Result<C> {
  /** Distinct states, as far as the search went. A search repeated without reduction is not counted. */
  readonly states: number
  /** Steps between them. */
  readonly transitions: number
  /** Steps from a start to the deepest state. */
  readonly depth: number
  readonly seconds: number
  /** The most bytes kept for the states of one search: names, index, predecessors, edges, and an estimate for cells. */
  readonly bytes: number
  /** Of that search. */
  readonly bytesPerState: number
  readonly complete: boolean
  readonly ended: Ended
  /** By the name of the property. */
  readonly verdicts: ReadonlyMap<string, Verdict<C>>
}

/** Steps of a run, those of its cycle included. */
export const lengthOf = <C>({ steps, cycle = [] }: Run<C>): number => steps.length + cycle.length

/** The weight of a run: of runs of the same length the lightest is shown. */
export type Weigh<C> = (run: Run<C>) => number

/** The shorter of two runs; of the same length, the lighter; otherwise the first. */
export const betterRun = <C>(a: Run<C>, b: Run<C>, weigh: Weigh<C> = () => 0): Run<C> => {
  const longer = lengthOf(b) - lengthOf(a)
  if (longer !== 0) return longer > 0 ? a : b
  return weigh(b) < weigh(a) ? b : a
}

/** The verdict of two searches together: it fails if one fails, else is inconclusive if one is. */
export const joinVerdicts = <C>(a: Verdict<C>, b: Verdict<C>, weigh?: Weigh<C>): Verdict<C> => {
  if (a.holds === false && b.holds === false) return { holds: false, run: betterRun(a.run, b.run, weigh) }
  if (a.holds === 'inconclusive' && b.holds === 'inconclusive')
    return { holds: 'inconclusive', states: a.states + b.states }
  return a.holds === false || b.holds === true ? a : b
}

import type { Bindings } from '../../spec/rewrite/index.js'

export interface RunStep<C> {
  readonly rule: string
  readonly actor: number
  readonly bindings: Bindings
  /** The cells after the step. */
  readonly cells: C
}

/** A run that breaks a property: steps to a state that does, or steps and then a cycle gone round for ever. */
export interface Run<C> {
  readonly initial: C
  readonly steps: readonly RunStep<C>[]
  readonly cycle?: readonly RunStep<C>[]
  readonly why: string
  /** No run that breaks the property is shorter. False where a limit cut the search that would have shown it. */
  readonly shortest: boolean
}

export type Verdict<C> =
  | { readonly holds: true }
  | { readonly holds: false; readonly run: Run<C> }
  | { readonly holds: 'inconclusive'; readonly states: number }

/**
 * How a search ended: it saw every state; every property had failed, so that nothing was left to ask; a limit of
 * states, bytes or seconds was reached; or it was told to stop.
 */
export type Ended = 'complete' | 'decided' | 'limit' | 'stopped'

export interface Result<C> {
  /** Distinct states and the steps between them, as far as the search went; a repeated search is not counted. */
  readonly states: number
  readonly transitions: number
  /** The most steps any state is away from a start. */
  readonly depth: number
  readonly seconds: number
  /** Bytes kept for the states at the fullest moment: names, index, predecessors, edges; cells that wait are estimated. */
  readonly bytes: number
  readonly bytesPerState: number
  readonly complete: boolean
  readonly ended: Ended
  readonly verdicts: ReadonlyMap<string, Verdict<C>>
}

export const lengthOf = <C>({ steps, cycle = [] }: Run<C>): number => steps.length + cycle.length

/** A run's weight; of two runs of one length the lighter is shown. */
export type Weigh<C> = (run: Run<C>) => number

/** Of two runs the shorter; of two of one length the lighter; of two alike the first. */
export const betterRun = <C>(a: Run<C>, b: Run<C>, weigh: Weigh<C> = () => 0): Run<C> => {
  const longer = lengthOf(b) - lengthOf(a)
  if (longer !== 0) return longer > 0 ? a : b
  return weigh(b) < weigh(a) ? b : a
}

/** What two searches of different states say together: a failure outweighs a doubt, and a doubt outweighs nothing. */
export const joinVerdicts = <C>(a: Verdict<C>, b: Verdict<C>, weigh?: Weigh<C>): Verdict<C> => {
  if (a.holds === false) return b.holds === false ? { holds: false, run: betterRun(a.run, b.run, weigh) } : a
  if (b.holds === false || a.holds === true) return b
  return b.holds === true ? a : { holds: 'inconclusive', states: a.states + b.states }
}

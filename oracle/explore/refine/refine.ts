import type { Successor } from '../../../spec/rewrite/index.js'
import { successorsOf } from '../replay.js'
import type { Run, RunStep, Verdict } from '../result.js'
import type { System } from '../system.js'
import { type Label, TraceSets } from './trace-sets.js'

/** What is observed of two systems, and the limits of the search. */
export interface RefineOptions<C, A> {
  readonly label: Label<C>
  readonly abstractLabel: Label<A>
  /** The abstract starts that correspond to a concrete one; all of them without it. */
  readonly startsFor?: (start: C) => readonly A[]
  /** The most pairs of a concrete state and a set of abstract states; beyond it the verdict is inconclusive. */
  readonly maxStates?: number
  readonly stop?: AbortSignal
}

/** Whether one system refines another. */
export interface Refinement<C> {
  readonly verdict: Verdict<C>
  /**
   * The labels of the offending run; the last is the one that the abstract system does not allow. Empty where it
   * holds.
   */
  readonly trace: readonly string[]
  /** The labels that the abstract system allows in place of the last. */
  readonly allowed: readonly string[]
  /** Pairs searched, of a concrete state and the set of abstract states that explain the trace to it. */
  readonly pairs: number
  readonly abstractStates: number
}

interface Pair<C> {
  readonly cells: C
  readonly set: number
  readonly from: Pair<C> | null
  readonly step: RunStep<C> | null
  readonly label: string | null
}

/**
 * Whether every trace of the concrete system, that is the labels of its moves without the internal ones, is a trace
 * of the abstract system. Pairs of a concrete state and the set of abstract states that explain the trace to it are
 * searched breadth first, so an offending run is a shortest one. Deadlocks and endless internal moves are not
 * observed.
 *
 * @example
 * const { verdict, trace, allowed } = refines(steps, calls, { label: stepLabel, abstractLabel: callLabel })
 */
export const refines = <C, A>(
  concrete: System<C>,
  abstract: System<A>,
  { label, abstractLabel, startsFor, maxStates = Number.POSITIVE_INFINITY, stop }: RefineOptions<C, A>,
): Refinement<C> => {
  const sets = new TraceSets(abstract, abstractLabel)
  const seen = new Map<string, Set<number>>()
  const queue: Pair<C>[] = []
  let pairs = 0

  const isNew = (cells: C, set: number): boolean => {
    const name = concrete.encode(cells)
    const before = seen.get(name)
    if (before?.has(set) === true) return false
    if (before === undefined) seen.set(name, new Set([set]))
    else before.add(set)
    pairs++
    return true
  }
  const answer = (verdict: Verdict<C>, trace: readonly string[] = [], allowed: readonly string[] = []) => ({
    verdict,
    trace,
    allowed,
    pairs,
    abstractStates: sets.states,
  })

  for (const cells of concrete.initial) {
    const set = sets.of(startsFor?.(cells) ?? abstract.initial)
    if (isNew(cells, set)) queue.push({ cells, set, from: null, step: null, label: null })
  }
  for (const at of queue) {
    if (pairs > maxStates || stop?.aborted === true) return answer({ holds: 'inconclusive', states: pairs })
    for (const move of successorsOf(concrete, at.cells)) {
      const seenAs = label(move)
      const set = seenAs === null ? at.set : sets.after(at.set, seenAs)
      const next = { cells: move.cells, from: at, step: stepOf(concrete, move), label: seenAs }
      if (set === null) {
        const allowed = sets.labels(at.set)
        const offending: Pair<C> = { ...next, set: at.set }
        return answer(
          { holds: false, run: runTo(offending, refused(seenAs, allowed)) },
          traceTo(offending),
          allowed,
        )
      }
      if (isNew(move.cells, set)) queue.push({ ...next, set })
    }
  }
  return answer({ holds: true })
}

const refused = (label: string | null, allowed: readonly string[]): string =>
  `${label} is observed where ${allowed.length === 0 ? 'nothing more' : `only ${allowed.join(' or ')}`} can be`

const stepOf = <C>(system: System<C>, move: Successor<C>): RunStep<C> => ({
  rule: move.rule.id,
  actor: system.actor(move),
  bindings: move.bindings,
  cells: move.cells,
})

const wayTo = <C>(end: Pair<C>): readonly Pair<C>[] => {
  const way: Pair<C>[] = []
  for (let at: Pair<C> | null = end; at !== null; at = at.from) way.push(at)
  return way.reverse()
}

const runTo = <C>(end: Pair<C>, why: string): Run<C> => {
  const way = wayTo(end)
  const initial = (way[0] as Pair<C>).cells // the way holds its end at least
  return { initial, steps: way.flatMap(({ step }) => step ?? []), why, shortest: true }
}

const traceTo = <C>(end: Pair<C>): readonly string[] => wayTo(end).flatMap(({ label }) => label ?? [])

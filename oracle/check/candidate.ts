import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Result } from '../../spec/terms/result.js'
import { slotById } from '../../spec/terms/space.js'
import type { Effect } from '../effects.js'
import { type Halfway, nameOfHalfway } from './halfway.js'
import { nameOfMachine, nameOfResult } from './name.js'
import { nameOfMark, type UnmadeMark } from './unmade-marks.js'
import type { Window } from './window.js'

/** An operation that has begun and not returned, and the rule that the trace says it followed, if it says so. */
export interface Begun {
  readonly operation: Operation
  readonly chosen: string | null
}

/**
 * An effect whose return has not been seen, with the number of its operation and the machine on which it took place.
 */
export interface Taken extends Effect {
  readonly n: number
  readonly before: Cells
}

/** A machine that explains every record so far, with the effects on it whose returns have not been seen. */
export interface Candidate {
  readonly cells: Cells
  readonly taken: readonly Taken[]
  /** The change of a slot that is between its two swaps. It has still to take effect. */
  readonly window: Window | null
  /** Of those in progress, the ones that are between their two moments. */
  readonly halfway: readonly Halfway[]
  /** Marks of those in progress whose data is done. They are made no later than the operation ends. */
  readonly unmade: readonly UnmadeMark[]
}

const NOTHING: readonly never[] = []

export const candidateAtRest = (cells: Cells): Candidate => ({
  cells,
  taken: NOTHING,
  window: null,
  halfway: NOTHING,
  unmade: NOTHING,
})

/** The effect of operation `n` on this machine; null where it has not taken place yet. */
export const takenBy = ({ taken }: Candidate, n: number): Taken | null => taken.find(t => t.n === n) ?? null

/**
 * Whether a dirty log is still as a GET reported it. Only then does the answer tell which of its uncertain bits are
 * set: between the effect and the return, writes may have marked the log and a harvest may have consumed it.
 */
export const stillAsReported = (cells: Cells, result: Result): boolean => {
  if (result.is !== 'log' || result.maybe.length === 0) return true
  const space = cells.spaces[result.as]
  const log = space === undefined ? null : slotById(space, result.id)?.dirty
  return log?.set === result.set && log.maybe === result.maybe // sets of pages are never mutated
}

const nameOf = (p: Candidate): string => {
  const window = p.window === null ? '' : `w${p.window.n}`
  const halves = `${p.halfway.map(nameOfHalfway).join('')}${p.unmade.map(nameOfMark).sort().join('')}`
  if (p.taken.length === 0) return `${nameOfMachine(p.cells)}${window}${halves}`
  const waiting = p.taken.map(
    ({ n, rule, result }) => `${n}${rule.id}${stillAsReported(p.cells, result)}${nameOfResult(result)}`,
  )
  return `${nameOfMachine(p.cells)}${window}${halves}&${waiting.sort().join('&')}`
}

/** Without duplicates: different orders of the same operations often lead to one machine. */
export const distinct = (candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.length < 2 ? candidates : [...new Map(candidates.map(p => [nameOf(p), p])).values()]

import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Result } from '../../spec/terms/result.js'
import { slotById } from '../../spec/terms/space.js'
import type { Effect } from '../effects.js'
import { nameOfMachine, nameOfResult } from './name.js'

/** What has begun and not returned: the operation, and the rule it is recorded to have followed, if it is. */
export interface Begun {
  readonly operation: Operation
  readonly chosen: string | null
}

/** An effect whose return has not been seen: of which operation, and on which machine. */
export interface Taken extends Effect {
  readonly n: number
  readonly before: Cells
}

/** A machine that may be behind what was seen so far, with the effects that wait there for their returns. */
export interface Candidate {
  readonly cells: Cells
  readonly taken: readonly Taken[]
}

const NOTHING: readonly Taken[] = []

export const candidateAtRest = (cells: Cells): Candidate => ({ cells, taken: NOTHING })

/** The effect of an operation on a machine, where it has taken place. */
export const takenBy = ({ taken }: Candidate, n: number): Taken | null => taken.find(t => t.n === n) ?? null

/**
 * Whether a log still is what a result reported of it. Only then does the answer to a report say which of its uncertain
 * bits are set; between the effect and the return, writes may have marked the log and harvests consumed it.
 */
export const stillAsReported = (cells: Cells, result: Result): boolean => {
  if (result.is !== 'log' || result.maybe.length === 0) return true
  const space = cells.spaces[result.as]
  const log = space === undefined ? null : slotById(space, result.id)?.dirty
  return log?.set === result.set && log.maybe === result.maybe // sets of pages are never mutated
}

const nameOf = (p: Candidate): string => {
  if (p.taken.length === 0) return nameOfMachine(p.cells)
  const waiting = p.taken.map(
    ({ n, rule, result }) => `${n}${rule.id}${stillAsReported(p.cells, result)}${nameOfResult(result)}`,
  )
  return `${nameOfMachine(p.cells)}&${waiting.sort().join('&')}`
}

/** Without the duplicates that different orders of the same operations leave. */
export const distinct = (candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.length < 2 ? candidates : [...new Map(candidates.map(p => [nameOf(p), p])).values()]

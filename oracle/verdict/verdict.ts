import type { Operation } from '../../spec/terms/operation.js'
import type { Deviation } from './deviation.js'

/**
 * `conforms`: some run of the specification gives every answer. `deviates`: an answer that no rule explains.
 * `inconclusive`: the trace is incomplete, too many machines explain it, or accesses may have seen parts of each other.
 * `spec-error`: no rule applies to an operation, which is a fault of the specification.
 */
export type VerdictIs = 'conforms' | 'deviates' | 'inconclusive' | 'spec-error'

/** What a check says of a trace. */
export interface Verdict {
  readonly is: VerdictIs
  /** Operations begun, accesses included. */
  readonly calls: number
  readonly deviations: readonly Deviation[]
  /** Why the verdict is inconclusive, or which operation the specification has no rule for; a sentence each. */
  readonly remarks: readonly string[]
  /** The most machines that explained the trace at any one record. */
  readonly width: number
}

/** The state of a check. */
export interface Found extends Omit<Verdict, 'is'> {
  /** The `end` record was seen. */
  readonly complete: boolean
  readonly gaveUp: boolean
  readonly specError: boolean
  /** Operations that have begun and not returned. */
  readonly open: readonly Operation[]
}

const unfinished = ({ complete, open }: Found): readonly string[] => {
  if (!complete) return ['the trace has no end record: its last operations cannot be judged']
  if (open.length === 0) return []
  return [`the trace ends before ${open.map(({ op }) => op).join(', ')} returned`]
}

const verdictIs = (found: Found): VerdictIs => {
  if (found.specError) return 'spec-error'
  if (found.deviations.length > 0) return 'deviates'
  return found.gaveUp || unfinished(found).length > 0 ? 'inconclusive' : 'conforms'
}

export const verdictOf = (found: Found): Verdict => {
  const { calls, deviations, remarks, width } = found
  return { is: verdictIs(found), calls, deviations, remarks: [...remarks, ...unfinished(found)], width }
}

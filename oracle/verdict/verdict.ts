import type { Operation } from '../../spec/terms/operation.js'
import type { Deviation } from './deviation.js'

export type VerdictIs = 'conforms' | 'deviates' | 'inconclusive' | 'spec-error'

export interface Verdict {
  readonly is: VerdictIs
  readonly calls: number
  readonly deviations: readonly Deviation[]
  /** Why nothing definite can be said, or what the specification itself got wrong. */
  readonly remarks: readonly string[]
  /** The most machines that had to be kept in mind at once. */
  readonly width: number
}

/** What a checker has found out by now. */
export interface Found extends Omit<Verdict, 'is'> {
  /** The end of the trace was seen. */
  readonly complete: boolean
  readonly gaveUp: boolean
  readonly specError: boolean
  /** What has begun and not returned. */
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

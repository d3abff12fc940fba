/** An answer that a case does not allow. */
export interface CaseDeviation {
  readonly case: string
  readonly says: string
  /** Index of the operation in the case. */
  readonly at: number
  readonly operation: string
  readonly seen: string
  readonly allowed: readonly string[]
  /** The oracle's verdict on the same run, for people. */
  readonly explanation: string
  /** The run as a trace, NDJSON, as `replay` accepts it; empty where it was not explained. */
  readonly trace: string
  /** What befell the implementation where it gave no answer at all. */
  readonly fault?: string
}

export interface Skip {
  readonly reason: string
  readonly cases: number
  readonly ids: readonly string[]
}

/** How much of the specification the cases that were chosen exercise. */
export interface CoverageReport {
  readonly rules: number
  readonly fired: number
  /** Premises of every rule, times two: each must be seen to hold and to fail. */
  readonly polarities: number
  readonly reached: number
  readonly excluded: readonly { readonly what: string; readonly why: string }[]
  readonly missing: readonly string[]
}

export interface SuiteReport {
  readonly target: string
  readonly total: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly seconds: number
  readonly interrupted: boolean
  readonly deviations: readonly CaseDeviation[]
  readonly skips: readonly Skip[]
  readonly coverage: CoverageReport | null
}

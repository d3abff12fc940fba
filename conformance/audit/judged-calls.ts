import type { ReportFailure, ReportJudged } from '../reports/audit/codec.js'
import type { VmId } from './recording/record.js'
import type { Missing } from './recording/summary.js'

const KEPT = 1000

/** Calls whose result is no matter of course. */
export interface JudgedCalls {
  deviation(vm: VmId, one: ReportJudged): void
  explained(one: ReportJudged): void
  failure(one: ReportFailure): void
  /** Lines of this VM are missing: what made a result right may be among them. */
  withdraw(vm: VmId): void
  /** What is left at the end, given what shows that lines are missing; the first of each, and how many there are. */
  left(missing: Missing | null): {
    readonly deviations: ReportJudged[]
    readonly explained: ReportJudged[]
    readonly failures: ReportFailure[]
    readonly counts: {
      readonly deviations: number
      readonly explained: number
      /** Deviations that are not judged after all. */
      readonly withdrawn: number
    }
  }
}

const keep = <A>(kept: A[], one: A): void => {
  if (kept.length < KEPT) kept.push(one)
}

/** Where a mark says that lines were left out, or one could not be read, what may be missing is known to be there. */
const anywhere = (missing: Missing | null): boolean =>
  missing !== null && missing.how !== 'marked' && missing.how !== 'not read'

export const createJudgedCalls = (): JudgedCalls => {
  const deviations: { readonly vm: VmId; readonly one: ReportJudged }[] = []
  const deviationsOf = new Map<VmId, number>()
  const explained: ReportJudged[] = []
  const failures: ReportFailure[] = []
  const withdrawn = new Set<VmId>()
  let explanations = 0

  return {
    deviation: (vm, one) => {
      deviationsOf.set(vm, (deviationsOf.get(vm) ?? 0) + 1)
      keep(deviations, { vm, one })
    },
    explained: one => {
      explanations++
      keep(explained, one)
    },
    failure: one => keep(failures, one),
    withdraw: vm => withdrawn.add(vm),
    left: missing => {
      const stands = (vm: VmId) => !anywhere(missing) && !withdrawn.has(vm)
      const count = (of: (vm: VmId) => boolean) =>
        [...deviationsOf].reduce((sum, [vm, many]) => sum + (of(vm) ? many : 0), 0)
      return {
        deviations: deviations.filter(({ vm }) => stands(vm)).map(({ one }) => one),
        explained,
        failures,
        counts: {
          deviations: count(stands),
          explained: explanations,
          withdrawn: count(vm => !stands(vm)),
        },
      }
    },
  }
}

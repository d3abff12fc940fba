import type { AuditReport } from '../reports/audit/codec.js'
import type { AuditComparison, ComparedRow } from '../reports/audit/comparison/codec.js'

type Measure = readonly [what: string, of: (report: AuditReport) => number, neutral?: 'neutral']

const longestMet = ({ updates }: AuditReport): number =>
  updates
    .flatMap(({ windows }) => windows)
    .filter(({ running }) => (running?.length ?? 0) > 0)
    .reduce((longest, { seconds }) => Math.max(longest, seconds ?? 0), 0)

/** What is compared; less is better in each but those that are neutral: a window that no vCPU meets may be one that was mended. */
const MEASURES: readonly Measure[] = [
  ['windows that met a running vCPU', ({ totals }) => totals.windowsMet],
  ['seconds of the longest of them', longestMet],
  ['windows of which that is unknown', ({ totals }) => totals.windowsUnknown],
  ['windows while no vCPU was inside KVM_RUN', ({ totals }) => totals.windowsUnmet, 'neutral'],
  [
    'ranges unmapped and mapped again, of which it cannot be told whether within an update',
    ({ totals }) => totals.undecided,
  ],
  ['slots that lost dirty bits with a vCPU after the last harvest', ({ totals }) => totals.atRiskInBetween],
  ['slots that lost their dirty bits and were never harvested', ({ totals }) => totals.atRiskNeverHarvested],
  ['slots that lost dirty bits, who ran being unknown', ({ totals }) => totals.atRiskUnknown],
  ['calls that failed', ({ failed }) => failed],
  ['deviations from profile linux', ({ totals }) => totals.deviations],
]

const changeOf = (old: number, now: number, neutral?: 'neutral'): ComparedRow['change'] => {
  if (now === old) return 'same'
  return neutral ?? (now < old ? 'better' : 'worse')
}

const verdictLine = ({ verdict }: AuditReport): string => `${verdict.is}: ${verdict.because[0] ?? ''}`

/** What got better or worse from one audit to another. */
export const compareAudits = (old: AuditReport, now: AuditReport): AuditComparison => ({
  schema: 'memslot-audit-comparison',
  version: 1,
  oldFile: old.file,
  newFile: now.file,
  oldVerdict: verdictLine(old),
  newVerdict: verdictLine(now),
  rows: MEASURES.map(([what, of, neutral]) => ({
    what,
    old: of(old),
    new: of(now),
    change: changeOf(of(old), of(now), neutral),
  })),
})

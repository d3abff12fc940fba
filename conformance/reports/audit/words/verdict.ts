import type { AuditReport, ReportUpdate, ReportWindow, WindowRef } from '../codec.js'

export const windowAt = (
  report: AuditReport,
  ref: WindowRef,
): { update: ReportUpdate; window: ReportWindow } => {
  const update = report.updates[ref.update]
  const window = update?.windows[ref.window]
  if (update === undefined || window === undefined)
    throw new Error('a report refers to windows that it holds')
  return { update, window }
}

/** The first line of a report: the verdict, and why. */
export const headline = ({
  verdict,
  totals,
}: AuditReport): { readonly is: string; readonly because: string } => {
  const IS = { affected: 'Affected', 'not affected': 'Not affected', 'cannot tell': 'Cannot tell' } as const
  // Dirty bits may be lost all the same, and the summary says so beneath.
  const only = verdict.is === 'not affected' && totals.atRisk > 0 ? ' by windows' : ''
  return { is: `${IS[verdict.is]}${only}`, because: verdict.because[0] ?? '' }
}

export const toneOf = ({ verdict }: AuditReport): 'bad' | 'good' | 'doubtful' =>
  verdict.is === 'affected' ? 'bad' : verdict.is === 'not affected' ? 'good' : 'doubtful'

/** What a VMM can do today, by what was found. */
export const adviceOf = ({ totals, verdict }: AuditReport): readonly string[] => [
  ...(totals.windowsMet > 0
    ? [
        'Keep vCPUs out of KVM_RUN while slots change: kick them, and let none enter before the last call of the update has returned. QEMU does so since 8.0.',
        'Do not resize a slot by deleting it and making it anew where two slots would do: memory that is never part of what changes keeps a slot of its own.',
      ]
    : []),
  ...(totals.atRiskInBetween + totals.atRiskNeverHarvested + totals.atRiskUnknown > 0
    ? [
        'Read a slot’s dirty log after the vCPUs have been kicked out of KVM_RUN and before the slot is deleted or its logging switched off: what is written in between is lost.',
      ]
    : []),
  ...(verdict.record === null ? [] : [`To know more, record with ${verdict.record}.`]),
]

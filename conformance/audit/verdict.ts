import { counted } from '../../spec/terms/counted.js'
import type { AuditReport, ReportUndecided, ReportWindow } from '../reports/audit/codec.js'
import { RECORD_ALL, RECORD_WITH } from './recording/advice.js'
import type { Missing } from './recording/summary.js'
import { missingWords } from './unknown-words.js'

/** What the verdict is made of. */
export interface Grounds {
  readonly totals: AuditReport['totals']
  readonly undecided: readonly ReportUndecided[]
  readonly windows: readonly ReportWindow[]
  readonly boundariesUnknown: readonly string[]
  /** A memslot line could not be read, or only a pointer was recorded. */
  readonly changesUnknown: boolean
  /** Calls on a descriptor that more than one VM may have. */
  readonly ambiguous: number
  /** A line with a memslot call in another format than the recording's; null: there is none. */
  readonly foreign: number | null
  /** A call unmapped memory, whether or not it came back. */
  readonly unmapped: boolean
  /** The first line that shows that lines are missing; null: none does. */
  readonly missing: Missing | null
  /** Every call that is recorded failed. */
  readonly failuresOnly: boolean
  /** There is no memslot call that could be replayed. */
  readonly nothingReplayed: boolean
}

const windows = (n: number): string => counted(n, 'window')
const distinct = (sentences: readonly string[]): string[] => [...new Set(sentences)].slice(0, 3)

/** Whether the VMM is affected. What is not known is never taken for the better. */
export const verdictOf = (grounds: Grounds): AuditReport['verdict'] => {
  const { totals, undecided, boundariesUnknown, changesUnknown } = grounds
  if (totals.windowsMet > 0)
    return {
      is: 'affected',
      because: [`${windows(totals.windowsMet)} met a running vCPU`],
      record: null,
    }
  const unknown = grounds.windows.flatMap(window => (window.unknown === null ? [] : [window.unknown]))
  const doubts = [
    ...(grounds.nothingReplayed ? ['error messages name calls that failed, and no others'] : []),
    // Of a window that was found it is told that who was inside is unknown for that.
    ...(grounds.missing !== null && totals.windows === 0
      ? [`lines are missing: ${missingWords(grounds.missing)}`]
      : []),
    ...(grounds.failuresOnly
      ? ['every call that is recorded failed: those that did not may be left out']
      : []),
    ...(totals.windowsUnknown > 0
      ? [
          `${windows(totals.windowsUnknown)}, and who was inside KVM_RUN is unknown: ${unknown[0]?.because ?? 'not all are kept'}`,
        ]
      : []),
    ...distinct(undecided.map(({ because }) => `memory was unmapped and mapped again: ${because}`)),
    ...(changesUnknown ? ['a memslot call could not be read: what it changed is unknown'] : []),
    ...(grounds.foreign !== null
      ? [
          `line ${grounds.foreign} is of another format, and such lines are not read: give them as a recording of their own`,
        ]
      : []),
    ...(grounds.ambiguous > 0
      ? [
          'calls are made on descriptors of which it is not recorded whose they are: of several VMs, or processes',
        ]
      : []),
    ...boundariesUnknown.map(reason => `where updates end is unknown: ${reason}`),
  ]
  if (doubts.length > 0)
    return {
      is: 'cannot tell',
      because:
        totals.windows === 0
          ? [`no window found; cannot tell, because ${doubts[0]}`, ...doubts.slice(1)]
          : doubts,
      record:
        boundariesUnknown.length > 0 || undecided.length > 0
          ? `\`${RECORD_ALL}\``
          : (unknown[0]?.record ?? `\`${RECORD_WITH}\``),
    }
  const never = totals.windows - totals.windowsBeforeRun === 0
  return {
    is: 'not affected',
    because: [
      totals.windows === 0
        ? grounds.unmapped
          ? 'no memory was missing within an update'
          : 'no memory was unmapped in this recording'
        : never
          ? 'windows only before any vCPU ran'
          : 'no vCPU was inside KVM_RUN in any window',
    ],
    record: null,
  }
}

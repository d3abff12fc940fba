import type { AuditReport, ReportRisk } from '../codec.js'
import { grouped, ms, plural, threads } from './units.js'

const ranMeanwhile = (writers: readonly number[] | null): string => {
  if (writers === null) return 'which vCPUs ran then is unknown'
  if (writers.length === 0) return 'no vCPU was inside KVM_RUN then'
  return `${threads(writers)} inside KVM_RUN then`
}

const sinceLoggingBegan = ({ loggedSeconds, loggedSinceLine, writers }: ReportRisk): string =>
  `every page written in the ${ms(loggedSeconds)} since logging began at line ${loggedSinceLine} (${ranMeanwhile(writers)})`

const harvested = (risk: ReportRisk): string => {
  const { harvest } = risk
  switch (harvest.is) {
    case 'none':
      return `No KVM_GET_DIRTY_LOG since logging began. At risk: ${sinceLoggingBegan(risk)}.`
    case 'not recorded':
      return `The recording does not hold KVM_GET_DIRTY_LOG. At risk, at most: ${sinceLoggingBegan(risk)}.`
    case 'perhaps': {
      const which = harvest.justBefore
        ? `KVM_GET_DIRTY_LOG at line ${harvest.line} was this thread's call just before`
        : `The last KVM_GET_DIRTY_LOG is line ${harvest.line}, but not the call just before`
      return `${which}; the slot it read was not decoded. At risk, if it read this slot: only pages written in the ${ms(harvest.seconds)} in between (${ranMeanwhile(harvest.writers)}). If not: ${sinceLoggingBegan(risk)}.`
    }
  }
}

/** One deleted logged slot: what its dirty bits ran into. */
export const riskSentence = (risk: ReportRisk): string =>
  `Line ${risk.line} deletes logged slot ${risk.as === 0 ? '' : `${risk.as}:`}${risk.id} (${risk.gpa}, ${plural(risk.pages, 'page')}). ${harvested(risk)}`

/** The whole recording in a line. */
export const riskSummary = ({ totals, counted, updates }: AuditReport): string => {
  if (totals.loggedDeletes === 0)
    return counted.notJudged === 0
      ? 'none, no logged slot is deleted'
      : `none seen, no slot known to be logged is deleted (${plural(counted.notJudged, 'call')} not judged)`
  const pages = updates.flatMap(update => update.dirtyAtRisk).reduce((sum, risk) => sum + risk.pages, 0)
  const slots = plural(totals.loggedDeletes, 'logged slot')
  return `${slots} deleted, at most ${grouped(pages)} pages; which were dirty is unknown, bitmaps are not recorded`
}

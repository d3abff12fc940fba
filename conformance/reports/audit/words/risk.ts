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
  if (risk.ring)
    return 'A dirty ring collects dirty pages: entries that were not read yet name the slot, and are lost with it unless they are read before.'
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

/** One slot that lost its dirty bitmap: what its bits ran into. */
export const riskSentence = (risk: ReportRisk): string => {
  const slot = `slot ${risk.as === 0 ? '' : `${risk.as}:`}${risk.id} (${risk.gpa}, ${plural(risk.pages, 'page')})`
  const what = risk.by === 'delete' ? `deletes logged ${slot}` : `switches off the logging of ${slot}`
  return `Line ${risk.line} ${what}. ${harvested(risk)}`
}

/** The whole recording in a line. */
export const riskSummary = ({ totals, counted, updates }: AuditReport): string => {
  if (totals.atRisk === 0)
    return counted.notJudged === 0
      ? 'none, no logged slot is deleted and no logging switched off'
      : `none seen (${plural(counted.notJudged, 'call')} not judged)`
  const pages = updates.flatMap(update => update.dirtyAtRisk).reduce((sum, risk) => sum + risk.pages, 0)
  const parts = [
    [totals.atRiskInBetween, 'with a vCPU inside KVM_RUN after the last harvest'],
    [totals.atRiskNeverHarvested, 'never harvested'],
    [totals.atRiskUnknown, 'while what ran or was harvested is unknown'],
    [totals.atRiskHarvested, 'harvested with no vCPU inside KVM_RUN since'],
  ] as const
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`)
  return `${plural(totals.atRisk, 'logged slot')} lost ${totals.atRisk === 1 ? 'its' : 'their'} bitmap, ${plural(pages, 'page')} at most: ${told.join(', ')}`
}

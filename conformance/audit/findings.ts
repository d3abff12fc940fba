import type {
  AuditReport,
  Lane,
  ReportReplugged,
  ReportUndecided,
  ReportUpdate,
  ReportWindow,
  WindowRef,
} from '../reports/audit/codec.js'

/** Updates told in full; the others are counted. */
export const KEPT_UPDATES = 1000
const KEPT_BACK = 1000

type Totals = Omit<AuditReport['totals'], 'deviations' | 'explained' | 'vms'>

/** One window that stands out, with the update it belongs to and what the vCPUs did around it. */
interface Outstanding {
  readonly update: ReportUpdate
  readonly window: ReportWindow
  readonly lanes: Lane[] | null
}

/** Collects what is settled in bounded memory: updates with windows before those without, and always the worst. */
export interface Findings {
  update(update: ReportUpdate, lanes: (window: ReportWindow) => Lane[] | null): void
  back(replugged: readonly ReportReplugged[], undecided: readonly ReportUndecided[]): void
  /** The kept updates in the order of the recording, the outstanding ones among them whatever their number. */
  ordered(): Pick<AuditReport, 'updates' | 'worst' | 'longest' | 'lanes' | 'replugged' | 'undecided'> & {
    readonly totals: Totals
  }
}

const met = ({ running, beforeRun }: ReportWindow): number => {
  if (running !== null) return running.length > 0 ? 3 : 0
  return beforeRun === false ? 2 : 1
}
const weight = ({ size, seconds }: ReportWindow): number => Number(BigInt(size)) * (seconds ?? 0)

/**
 * Orders windows, the worst first: those met by a running vCPU, then those of which that is not known, then the
 * others; among equals by memory times time.
 */
export const worstFirst = (a: ReportWindow, b: ReportWindow): number =>
  met(b) - met(a) || weight(b) - weight(a)

const noTotals = (): { -readonly [K in keyof Totals]: number } => ({
  updates: 0,
  updatesWithWindows: 0,
  windows: 0,
  windowsMet: 0,
  windowsUnmet: 0,
  windowsBeforeRun: 0,
  windowsUnknown: 0,
  replugged: 0,
  undecided: 0,
  atRisk: 0,
  atRiskHarvested: 0,
  atRiskInBetween: 0,
  atRiskNeverHarvested: 0,
  atRiskUnknown: 0,
})

export const createFindings = (limit: number = KEPT_UPDATES): Findings => {
  const withWindows: ReportUpdate[] = []
  const others: ReportUpdate[] = []
  const replugged: ReportReplugged[] = []
  const undecided: ReportUndecided[] = []
  const totals = noTotals()
  let worst: Outstanding | null = null
  let longest: Outstanding | null = null

  const count = (update: ReportUpdate): void => {
    totals.updates++
    if (update.windows.length > 0) totals.updatesWithWindows++
    totals.windows += update.windows.length + update.moreWindows
    totals.windowsUnknown += update.moreWindows
    for (const { running, beforeRun } of update.windows) {
      if (running === null) totals.windowsUnknown++
      else if (running.length > 0) totals.windowsMet++
      else if (beforeRun === true) totals.windowsBeforeRun++
      else totals.windowsUnmet++
    }
    for (const { grade } of update.dirtyAtRisk) {
      totals.atRisk++
      if (grade === 'harvested') totals.atRiskHarvested++
      if (grade === 'vCPU in between') totals.atRiskInBetween++
      if (grade === 'never harvested') totals.atRiskNeverHarvested++
      if (grade === 'unknown') totals.atRiskUnknown++
    }
  }

  const keepUpTo = <A>(kept: A[], more: readonly A[], most: number): void => {
    kept.push(...more.slice(0, Math.max(0, most - kept.length)))
  }

  return {
    update: (update, lanes) => {
      count(update)
      keepUpTo(update.windows.length + update.dirtyAtRisk.length > 0 ? withWindows : others, [update], limit)
      for (const window of update.windows) {
        if (worst === null || worstFirst(window, worst.window) < 0)
          worst = { update, window, lanes: lanes(window) }
        if (longest === null || (window.seconds ?? -1) > (longest.window.seconds ?? -1))
          longest = { update, window, lanes: null }
      }
    },
    back: (plugged, open) => {
      totals.replugged += plugged.length
      totals.undecided += open.length
      keepUpTo(replugged, plugged, KEPT_BACK)
      keepUpTo(undecided, open, KEPT_BACK)
    },
    ordered: () => {
      const outstanding = [worst, longest].filter(found => found !== null).map(({ update }) => update)
      const chosen = new Set([...outstanding, ...withWindows, ...others].slice(0, limit + outstanding.length))
      const updates = [...chosen].sort((a, b) => a.firstLine - b.firstLine || a.lastLine - b.lastLine)
      const refer = (found: Outstanding | null): WindowRef | null =>
        found && { update: updates.indexOf(found.update), window: found.update.windows.indexOf(found.window) }
      return {
        updates,
        worst: refer(worst),
        longest: refer(longest),
        lanes: worst?.lanes ?? null,
        replugged,
        undecided,
        totals,
      }
    },
  }
}

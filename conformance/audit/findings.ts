import type { AuditReport, HoleRef, Lane, ReportHole, ReportUpdate } from '../reports/audit/codec.js'
import { type Badness, worstFirst } from './holes.js'

/** Updates told in full; the others are counted. */
export const KEPT_UPDATES = 1000

type Totals = Omit<AuditReport['totals'], 'deviations' | 'vms'>
type Ordered = Pick<AuditReport, 'updates' | 'worst' | 'longest' | 'lanes'> & { readonly totals: Totals }

/** An update as found, with its report made only where it is wanted: most of a long recording's are just counted. */
export interface Found {
  readonly stretches: readonly Badness[]
  readonly moreHoles: number
  readonly loggedDeletes: number
  /** The same object each time; its holes are the stretches, in their order. */
  readonly report: () => ReportUpdate
  readonly lanes: (hole: ReportHole) => Lane[] | null
}

/** One hole that stands out, with the update it belongs to and what the vCPUs did around it. */
interface Outstanding {
  readonly update: ReportUpdate
  /** Index of the hole in the update. */
  readonly hole: number
  readonly badness: Badness
  readonly lanes: Lane[] | null
}

/** Collects updates in bounded memory: those with holes before those without, and always the worst. */
export interface Findings {
  add(found: Found): void
  /** Takes over everything another collection found. */
  absorb(other: Findings): void
  readonly kept: () => Kept
}

interface Kept {
  readonly holed: readonly ReportUpdate[]
  readonly whole: readonly ReportUpdate[]
  readonly worst: Outstanding | null
  readonly longest: Outstanding | null
  readonly totals: Totals
}

const noTotals: Totals = {
  updates: 0,
  updatesWithHoles: 0,
  holes: 0,
  holesMet: 0,
  holesUnmet: 0,
  holesBeforeRun: 0,
  holesUnknown: 0,
  loggedDeletes: 0,
}

const sum = (a: Totals, b: Totals): Totals => ({
  updates: a.updates + b.updates,
  updatesWithHoles: a.updatesWithHoles + b.updatesWithHoles,
  holes: a.holes + b.holes,
  holesMet: a.holesMet + b.holesMet,
  holesUnmet: a.holesUnmet + b.holesUnmet,
  holesBeforeRun: a.holesBeforeRun + b.holesBeforeRun,
  holesUnknown: a.holesUnknown + b.holesUnknown,
  loggedDeletes: a.loggedDeletes + b.loggedDeletes,
})

const count = (holes: readonly Badness[], is: (hole: Badness) => boolean): number => holes.filter(is).length

const totalsOf = ({ stretches, moreHoles, loggedDeletes }: Found): Totals => ({
  updates: 1,
  updatesWithHoles: stretches.length > 0 ? 1 : 0,
  holes: stretches.length + moreHoles,
  holesMet: count(stretches, ({ running }) => running !== null && running.length > 0),
  holesUnmet: count(stretches, ({ running, beforeRun }) => running?.length === 0 && beforeRun !== true),
  holesBeforeRun: count(stretches, ({ beforeRun }) => beforeRun === true),
  holesUnknown:
    moreHoles + count(stretches, ({ running, beforeRun }) => running === null && beforeRun !== true),
  loggedDeletes,
})

const isLonger = (a: Badness, b: Badness | undefined): boolean =>
  b === undefined || (a.seconds ?? -1) > (b.seconds ?? -1)
const isWorse = (a: Badness, b: Badness | undefined): boolean => b === undefined || worstFirst(a, b) < 0

/** The hole of an update that beats all others and the best so far; null where none does. */
const best = (
  { stretches, report }: Found,
  so: Outstanding | null,
  beats: (a: Badness, b: Badness | undefined) => boolean,
): Outstanding | null => {
  let found: { badness: Badness; hole: number } | null = null
  for (const [hole, badness] of stretches.entries())
    if (beats(badness, found?.badness ?? so?.badness)) found = { badness, hole }
  return found && { ...found, update: report(), lanes: null }
}

export const createFindings = (limit: number = KEPT_UPDATES): Findings => {
  const holed: ReportUpdate[] = []
  const whole: ReportUpdate[] = []
  let worst: Outstanding | null = null
  let longest: Outstanding | null = null
  let totals = noTotals

  return {
    add: found => {
      totals = sum(totals, totalsOf(found))
      const kept = found.stretches.length > 0 || found.loggedDeletes > 0 ? holed : whole
      if (kept.length < limit) kept.push(found.report())
      const worse = best(found, worst, isWorse)
      if (worse !== null)
        worst = { ...worse, lanes: found.lanes(worse.update.holes[worse.hole] as ReportHole) }
      longest = best(found, longest, isLonger) ?? longest
    },
    absorb: other => {
      const its = other.kept()
      totals = sum(totals, its.totals)
      holed.push(...its.holed.slice(0, limit - holed.length))
      whole.push(...its.whole.slice(0, limit - whole.length))
      if (its.worst !== null && isWorse(its.worst.badness, worst?.badness)) worst = its.worst
      if (its.longest !== null && isLonger(its.longest.badness, longest?.badness)) longest = its.longest
    },
    kept: () => ({ holed, whole, worst, longest, totals }),
  }
}

/** The kept updates in the order of the recording, the outstanding ones among them whatever their number. */
export const orderFindings = (findings: Findings, limit: number = KEPT_UPDATES): Ordered => {
  const { holed, whole, worst, longest, totals } = findings.kept()
  const outstanding = [worst, longest].filter(found => found !== null).map(found => found.update)
  const chosen = new Set([...outstanding, ...holed, ...whole].slice(0, limit + outstanding.length))
  const updates = [...chosen].sort((a, b) => a.firstLine - b.firstLine)
  const refer = (found: Outstanding | null): HoleRef | null =>
    found && { update: updates.indexOf(found.update), hole: found.hole }
  return { updates, worst: refer(worst), longest: refer(longest), lanes: worst?.lanes ?? null, totals }
}

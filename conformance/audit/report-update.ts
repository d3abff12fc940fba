import { classify } from '../../spec/terms/page-class.js'
import { countPages, intersect, type PageSet, runsOf } from '../../spec/terms/page-set.js'
import type { Space } from '../../spec/terms/space.js'
import type { ReportHole, ReportRisk, ReportUpdate } from '../reports/audit/codec.js'
import type { AtRisk } from './at-risk.js'
import { framesOf } from './delta.js'
import type { Hole } from './holes.js'
import { batchInstead, hexOfPages } from './instead.js'
import { secondsBetween } from './place.js'
import type { Update } from './update.js'

const seconds = (n: number | null): number | null => (n === null ? null : Math.round(n * 1e6) / 1e6)

interface Backing {
  readonly readOnly: PageSet
  readonly redirected: PageSet
}

const backingOf = (before: Space, after: Space): Backing => ({
  readOnly: framesOf(before.slots.filter(slot => slot.ro)),
  redirected: classify(before.slots, after.slots).redirected,
})

/** A hole's frames need not be contiguous: it is reported as one hole for each stretch of them. */
export interface Stretch {
  readonly hole: Hole
  readonly first: number
  readonly count: number
}

/** The holes of an update as they will stand in its report: by space, then in the order in which they closed. */
export const stretchesOf = ({ holes }: Update): readonly Stretch[] =>
  holes
    .toSorted((a, b) => a.as - b.as)
    .flatMap(hole => runsOf(hole.pages).map(([first, count]) => ({ hole, first, count })))

const reportHole = ({ hole, first, count }: Stretch, backing: Backing): ReportHole => {
  const pages = [first, first + count]
  const other = countPages(intersect(pages, backing.redirected))
  return {
    as: hole.as,
    gpa: hexOfPages(first),
    size: hexOfPages(count),
    from: hole.from.at,
    to: hole.to.at,
    seconds: seconds(secondsBetween(hole.from, hole.to)),
    fromLine: hole.from.line,
    toLine: hole.to.line,
    running: hole.running === null ? null : [...hole.running],
    beforeRun: hole.beforeRun,
    readOnly: hexOfPages(countPages(intersect(pages, backing.readOnly))),
    backing: other === 0 ? 'same' : other === count ? 'other' : 'mixed',
  }
}

const reportRisk = (risk: AtRisk): ReportRisk => ({
  line: risk.line,
  as: risk.as,
  id: risk.id,
  gpa: hexOfPages(risk.gfn),
  pages: risk.pages,
  loggedSinceLine: risk.loggedSince.line,
  loggedSeconds: seconds(risk.loggedSeconds),
  writers: risk.writers === null ? null : [...risk.writers],
  harvest:
    risk.harvest.is === 'perhaps'
      ? {
          is: 'perhaps',
          line: risk.harvest.at.line,
          seconds: seconds(risk.harvest.seconds),
          justBefore: risk.harvest.justBefore,
          writers: risk.harvest.writers === null ? null : [...risk.harvest.writers],
        }
      : risk.harvest,
})

/** An update as it stands in the report, with the batch that would have done the same. */
export const reportUpdate = (
  vm: number,
  update: Update,
  stretches: readonly Stretch[] = stretchesOf(update),
): ReportUpdate => {
  const spaces = update.spaces.toSorted((a, b) => a.as - b.as)
  const holes = spaces.flatMap(({ as, before, after }) => {
    const mine = stretches.filter(({ hole }) => hole.as === as)
    if (mine.length === 0) return []
    const backing = backingOf(before, after)
    return mine.map(stretch => reportHole(stretch, backing))
  })
  const [batch, ...furtherBatches] = spaces.map(({ as, before, after }) =>
    batchInstead(as, before, after, update.holes),
  )
  if (batch === undefined) throw new Error('an update has at least one call, and a call touches a space')
  return {
    vm,
    tid: update.tid,
    calls: update.calls,
    failed: update.failed,
    firstLine: update.first.line,
    lastLine: update.last.line,
    from: update.first.at,
    to: update.last.at,
    holes,
    moreHoles: update.moreHoles,
    dirtyAtRisk: update.atRisk.map(reportRisk),
    alsoChangedBy: [...update.alsoBy],
    batch,
    furtherBatches,
  }
}

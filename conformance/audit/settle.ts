import { addressOf } from '../../spec/terms/numbers.js'
import { classify } from '../../spec/terms/page-class.js'
import { countPages, intersect, type PageSet, runsOf } from '../../spec/terms/page-set.js'
import type { Space } from '../../spec/terms/space.js'
import type {
  ReportReplugged,
  ReportRisk,
  ReportUndecided,
  ReportUpdate,
  ReportWindow,
} from '../reports/audit/codec.js'
import type { AtRisk } from './at-risk.js'
import { callerOf } from './caller.js'
import { framesOf } from './delta.js'
import { type Evidence, type Inside, type Order, weigh } from './evidence.js'
import type { Crossed, Unmeasured } from './gaps.js'
import { batchInstead } from './instead.js'
import { errorOf, secondsBetween } from './place.js'
import type { RangeNames } from './range-names.js'
import { hexOfPages } from './set-call.js'
import { unknownWords } from './unknown-words.js'
import type { Back, Update } from './update.js'

const seconds = (n: number | null): number | null => (n === null ? null : Math.round(n * 1e6) / 1e6)

/** What is not so many times longer than stamps can be wrong has no duration that is worth telling. */
const COARSE_FACTOR = 10

const durationOf = (back: Back, { resolution }: Order): number | null => {
  const duration = secondsBetween(back.from, back.to)
  return duration !== null && duration < COARSE_FACTOR * errorOf(resolution) ? null : seconds(duration)
}

const tidsOf = (inside: Inside): number[] | null =>
  inside.kind === 'unknown' ? null : inside.kind === 'inside' ? [...inside.tids] : []

/** What windows, replugged and undecided memory have in common. Frames need not be contiguous: one for each stretch. */
const absenceOf = (
  back: Back,
  first: number,
  count: number,
  inside: Inside,
  names: RangeNames,
  order: Order,
) => ({
  as: back.as,
  gpa: hexOfPages(first),
  size: hexOfPages(count),
  name: names(back.as, addressOf(first), addressOf(count)),
  from: back.from.at,
  to: back.to.at,
  seconds: durationOf(back, order),
  fromLine: back.from.line,
  toLine: back.to.line,
  running: tidsOf(inside),
  unknown: inside.kind === 'unknown' ? unknownWords(inside.because) : null,
  caller: callerOf(back.gap.stack),
})

interface Backing {
  readonly readOnly: PageSet
  readonly redirected: PageSet
}

const backingOf = (before: Space, after: Space): Backing => ({
  readOnly: framesOf(before.slots.filter(slot => slot.ro)),
  redirected: classify(before.slots, after.slots).redirected,
})

const windowsOf = (
  back: Back,
  backing: Backing,
  order: Order,
  names: RangeNames,
): readonly ReportWindow[] => {
  const inside = weigh(back.evidence, order)
  return runsOf(back.pages).map(([first, count]) => {
    const pages = [first, first + count]
    const other = countPages(intersect(pages, backing.redirected))
    const beforeRun = inside.kind === 'unknown' ? null : inside.kind === 'nobody' && inside.beforeRun
    return {
      ...absenceOf(back, first, count, inside, names, order),
      beforeRun,
      readOnly: hexOfPages(countPages(intersect(pages, backing.readOnly))),
      backing: other === 0 ? 'same' : other === count ? 'other' : 'mixed',
      exits: { ...back.exits },
    }
  })
}

const gradeOf = (risk: AtRisk, since: Inside | null): ReportRisk['grade'] => {
  if (risk.harvest.is === 'none') return 'never harvested'
  if (since === null || since.kind === 'unknown') return 'unknown'
  return since.kind === 'inside' ? 'vCPU in between' : 'harvested'
}

const riskOf = (risk: AtRisk, order: Order): ReportRisk => {
  const { harvest, slot } = risk
  const since = harvest.is === 'perhaps' ? weigh(harvest.since, order) : null
  return {
    line: risk.line,
    as: risk.as,
    id: slot.id,
    gpa: hexOfPages(slot.base),
    pages: slot.npages,
    by: risk.by,
    loggedSinceLine: risk.loggedSince.line,
    loggedSeconds: seconds(risk.loggedSeconds),
    writers: tidsOf(weigh(risk.since, order)),
    harvest:
      harvest.is === 'perhaps'
        ? {
            is: 'perhaps',
            line: harvest.at.line,
            seconds: seconds(harvest.seconds),
            justBefore: harvest.justBefore,
            writers: since === null ? null : tidsOf(since),
          }
        : harvest,
    ring: risk.ring,
    grade: gradeOf(risk, since),
  }
}

/**
 * A pause may lie within, and does not show. That matters where a vCPU was inside KVM_RUN, or may have been. Of a recording
 * without threads or without KVM_RUN nothing more is claimed anyway.
 */
const isOpenWindow = ({ crossed, evidence, gap }: Back, order: Order): boolean => {
  if (crossed.kind !== 'pause not measured') return false
  const inside = weigh(evidence, order)
  if (inside.kind !== 'unknown') return inside.kind === 'inside'
  return gap.by !== null && inside.because.kind !== 'runs not recorded'
}

/** What became of an update. */
export interface SettledUpdate {
  readonly update: ReportUpdate
  /** What came back within it as far as was recorded, and perhaps after it. */
  readonly undecided: readonly ReportUndecided[]
}

/** An update as it stands in the report, with the batch that would have done the same. */
export const settleUpdate = (vm: number, update: Update, order: Order, names: RangeNames): SettledUpdate => {
  const spaces = update.spaces.toSorted((a, b) => a.as - b.as)
  const open = update.windows.filter(window => isOpenWindow(window, order))
  const found = open.length === 0 ? update.windows : update.windows.filter(window => !open.includes(window))
  const windows = spaces.flatMap(({ as, before, after }) => {
    const mine = found.filter(window => window.as === as)
    if (mine.length === 0) return []
    const backing = backingOf(before, after)
    return mine.flatMap(window => windowsOf(window, backing, order, names))
  })
  const [batch, ...furtherBatches] = spaces.map(({ as, before, after }) =>
    batchInstead(as, before, after, found),
  )
  if (batch === undefined) throw new Error('an update has at least one call, and a call touches a space')
  return {
    update: {
      vm,
      tid: update.tid,
      calls: update.calls,
      failed: update.failed,
      firstLine: update.first.line,
      lastLine: update.last.line,
      from: update.first.at,
      to: update.last.at,
      windows,
      moreWindows: update.moreWindows,
      dirtyAtRisk: update.atRisk.map(risk => riskOf(risk, order)),
      alsoChangedBy: [...update.alsoBy],
      batch,
      furtherBatches,
    },
    undecided: open.flatMap(window => settleBack(vm, window, order, names).undecided),
  }
}

export const UNMEASURED: Readonly<Record<Unmeasured, string>> = {
  'no times': 'no times are recorded, so that a pause does not show',
  'coarse times': 'times are too coarse to measure a pause',
}

const crossedWords = (crossed: Crossed): string => {
  switch (crossed.kind) {
    case 'pause':
      return `the thread did nothing on the VM for ${crossed.seconds.toFixed(3)} s in between: a slow commit, or two`
    case 'pause not measured':
      return UNMEASURED[crossed.why]
    case 'guessed split':
      return 'a delete followed a create in between, and nothing else tells where the update ended'
    case 'line not read':
      return 'the line that may have unmapped it could not be read'
    case 'call not read':
      return 'a memslot call in between could not be read: it may have mapped it'
    case 'size not recorded':
      return 'the slot was made before the recording: how much it mapped is not recorded'
    case 'place not recorded':
      return 'the slot may have been moved away from there by the first call on it, and back'
    case 'nothing':
    case 'boundary':
      return 'the update that unmapped it had ended'
  }
}

/** Memory that came back after its update: plugged again, unless it is open whether the update had ended. */
export const settleBack = (
  vm: number,
  back: Back,
  order: Order,
  names: RangeNames,
): { readonly replugged: ReportReplugged[]; readonly undecided: ReportUndecided[] } => {
  const { crossed } = back
  const inside = weigh(back.evidence, order)
  const parts = runsOf(back.pages).map(([first, count]) => ({
    vm,
    ...absenceOf(back, first, count, inside, names, order),
  }))
  const plugged = crossed.kind === 'boundary' || inside.kind === 'nobody'
  return plugged
    ? { replugged: parts, undecided: [] }
    : { replugged: [], undecided: parts.map(part => ({ ...part, because: crossedWords(crossed) })) }
}

/** What is asked about again when the recording has ended. */
export const evidenceOf = (update: Update): readonly Evidence[] => [
  ...update.windows.map(({ evidence }) => evidence),
  ...update.atRisk.flatMap(({ since, harvest }) =>
    harvest.is === 'perhaps' ? [since, harvest.since] : [since],
  ),
]

import { counted } from '../../../spec/terms/counted.js'
import type { Column } from '../table.js'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import { byFamily, familyOfCase } from './case-family.js'
import type { CaseDeviation, ConformReport, CoverageReport } from './codec.js'

/** Deviations printed in full unless all are asked for. */
export const MAX_DEVIATIONS = 20
/** More families than these are summed up by the origin of their cases, unless coverage is asked for. */
const MAX_FAMILIES = 12
/** Reasons for which cases were skipped: the most frequent are printed. */
const MAX_REASONS = 10

export interface ConformTextOptions {
  readonly color: boolean
  /** Ids of the cases that were to be run. */
  readonly ids: readonly string[]
  /** Names of the families that are run by blocks, a part of them at a time. */
  readonly exhaustive: readonly string[]
  /** Every deviation in full. */
  readonly all: boolean
  /** Every family, and every rule and premise that is excluded or was not reached. */
  readonly coverage: boolean
  /** The command that runs the operations of a deviation again. */
  readonly again: (deviation: CaseDeviation) => string
}

type Count = readonly [of: string, cases: number, failed: number]

/** Cases and failed cases of each family. */
const countFamilies = ({ deviations }: ConformReport, ids: readonly string[]): readonly Count[] => {
  const failed = byFamily([...new Set(deviations.map(deviation => deviation.case))])
  return [...byFamily(ids)].map(([family, members]) => [
    family,
    members.length,
    failed.get(family)?.length ?? 0,
  ])
}

/** Where the cases of a family come from. */
const originOf = (family: string, exhaustive: readonly string[]): string =>
  family.startsWith('by-hand/')
    ? 'written by hand'
    : exhaustive.some(name => familyOfCase(name) === family)
      ? 'exhaustive families'
      : 'generated'

/** The counts of families, summed up by the origin of their cases; families with failed cases are listed as well. */
const sumByOrigin = (counts: readonly Count[], exhaustive: readonly string[]): readonly Count[] => {
  const sums = new Map<string, Count>()
  for (const [family, cases, failed] of counts) {
    const origin = originOf(family, exhaustive)
    const [, casesBefore, failedBefore] = sums.get(origin) ?? [origin, 0, 0]
    sums.set(origin, [origin, casesBefore + cases, failedBefore + failed])
  }
  return [...sums.values(), ...counts.filter(([, , failed]) => failed > 0)]
}

const countsText = (
  report: ConformReport,
  { ids, exhaustive, coverage }: ConformTextOptions,
): readonly string[] => {
  const counts = countFamilies(report, ids)
  if (counts.length === 0) return []
  const whole = coverage || counts.length <= MAX_FAMILIES
  const columns: readonly Column[] = [
    { head: whole ? 'family' : 'cases' },
    { head: whole ? 'cases' : 'number', kind: 'number' },
    { head: 'failed', kind: 'number' },
  ]
  return [...tableText({ columns, rows: whole ? counts : sumByOrigin(counts, exhaustive) }), '']
}

const deviationText = (deviation: CaseDeviation, again: string): string =>
  [
    `✗ ${deviation.case}: ${deviation.says}`,
    ...deviation.explanation.split('\n').map(line => `  ${line}`),
    `  again: ${again}`,
    '',
  ].join('\n')

/** How much of the exhaustive families was run, and how to run the same part again. */
const blocksText = ({ blocks }: ConformReport): readonly string[] => {
  if (blocks === undefined || blocks.run === 0) return []
  const { run, of, cases, seed } = blocks
  const which = seed === undefined ? '' : `, drawn with --seed ${seed} (--full runs all)`
  return [`exhaustive families: ${run} of ${counted(of, 'block')}, ${counted(cases, 'case')}${which}`, '']
}

/** What is excluded, by the reason why. */
const exclusionsText = (excluded: CoverageReport['excluded']): readonly string[] =>
  [...new Set(excluded.map(({ why }) => why))].flatMap(reason => [
    `  excluded: ${reason}`,
    ...excluded.filter(({ why }) => why === reason).map(({ what }) => `    ${what}`),
  ])

/** Whether everything was asked: what was not reached then is missing from the suite, and not from this run. */
const isWhole = ({ blocks, skipped, interrupted }: ConformReport): boolean =>
  !interrupted && skipped === 0 && blocks !== undefined && blocks.run === blocks.of

/** One line; and the names of what it counts, where they are asked for, or where the suite lacks something. */
const coverageText = (report: ConformReport, listed: boolean): readonly string[] => {
  if (report.coverage === null) return []
  const { rules, fired, polarities, reached, excluded, missing } = report.coverage
  const names = listed || isWhole(report)
  const rest = missing.length === 0 ? '' : `, ${missing.length} not reached`
  return [
    `coverage: ${fired} of ${counted(rules, 'rule')} fired, ${reached} of ${counted(polarities, 'premise polarity', 'premise polarities')} reached, ${excluded.length} excluded${rest}${listed ? '' : ' (--coverage names them)'}`,
    ...(listed ? exclusionsText(excluded) : []),
    ...(names ? missing.map(what => `  not reached: ${what}`) : []),
    '',
  ]
}

const skipsText = ({ skips }: ConformReport): readonly string[] => {
  const sorted = skips.toSorted((a, b) => b.cases - a.cases)
  const rest = sorted.slice(MAX_REASONS).reduce((sum, { cases }) => sum + cases, 0)
  return [
    ...sorted
      .slice(0, MAX_REASONS)
      .map(({ reason, cases }) => `skipped ${counted(cases, 'case')}: ${reason}`),
    ...(rest > 0 ? [`skipped ${counted(rest, 'case')}: other reasons (--json has them)`] : []),
    ...(skips.length > 0 ? [''] : []),
  ]
}

/** Nothing where it could have been judged and was not among the cases. */
const atomicityText = ({ atomicity }: ConformReport): readonly string[] =>
  atomicity === undefined || atomicity.is === 'not asked' ? [] : [atomicity.says]

/** The report of a run of the suite, for people; the outcome stands last. */
export const renderConform = (report: ConformReport, options: ConformTextOptions): string => {
  const { target, total, passed, failed, skipped, seconds, interrupted, deviations } = report
  const ink = inkOf(options.color)
  const shown = options.all ? deviations : deviations.slice(0, MAX_DEVIATIONS)
  const rest = deviations.length - shown.length
  const notRun = Math.max(0, options.ids.length - total)
  return [
    ink.heading(`target ${target}: ${counted(options.ids.length, 'case')}`),
    '',
    ...countsText(report, options),
    ...blocksText(report),
    ...skipsText(report),
    ...shown.map(d => ink.bad(deviationText(d, options.again(d)))),
    ...(rest > 0 ? [`… and ${counted(rest, 'more deviation')} (--all prints them)`, ''] : []),
    ...coverageText(report, options.coverage),
    ...atomicityText(report),
    ...(interrupted ? [`interrupted: ${counted(notRun, 'case')} not run`] : []),
    (failed > 0 ? ink.bad : passed > 0 ? ink.good : ink.heading)(
      `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s`,
    ),
  ].join('\n')
}

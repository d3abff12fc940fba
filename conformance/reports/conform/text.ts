import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import { byFamily, familyOfCase } from './case-family.js'
import type { ConformReport, Coverage, ReportedDeviation } from './codec.js'

/** Deviations told in full unless all are asked for. */
export const MAX_DEVIATIONS = 20

export interface ConformTextOptions {
  readonly color: boolean
  /** Ids of the cases that were to be run. */
  readonly ids: readonly string[]
  /** Every deviation in full. */
  readonly all: boolean
  /** The command that runs the operations of a deviation again. */
  readonly again: (deviation: ReportedDeviation) => string
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const FAMILIES = [
  { head: 'family' },
  { head: 'cases', kind: 'number' },
  { head: 'failed', kind: 'number' },
] as const

const familiesText = ({ deviations }: ConformReport, ids: readonly string[]): readonly string[] => {
  const failed = new Map<string, Set<string>>()
  for (const { case: id } of deviations) {
    const family = familyOfCase(id)
    failed.set(family, (failed.get(family) ?? new Set()).add(id))
  }
  const rows = [...byFamily(ids)].map(([family, members]) => [
    family,
    members.length,
    failed.get(family)?.size ?? 0,
  ])
  return rows.length === 0 ? [] : [...tableText({ columns: FAMILIES, rows }), '']
}

const deviationText = (deviation: ReportedDeviation, again: string): string =>
  [
    `✗ ${deviation.case}: ${deviation.says}`,
    ...deviation.explanation.split('\n').map(line => `  ${line}`),
    `  again: ${again}`,
    '',
  ].join('\n')

/** How much of the exhaustive families was run, and how to run just that again. */
const blocksText = ({ blocks }: ConformReport): readonly string[] => {
  if (blocks === undefined || blocks.run === 0) return []
  const { run, of, cases, seed } = blocks
  const which = seed === undefined ? '' : `, drawn with --seed ${seed} (--full runs all)`
  return [`exhaustive families: ${run} of ${of} blocks, ${plural(cases, 'case')}${which}`, '']
}

/** What is excluded, by the reason why. */
const exclusionsText = (excluded: Coverage['excluded']): readonly string[] =>
  [...new Set(excluded.map(({ why }) => why))].flatMap(reason => [
    `  excluded: ${reason}`,
    ...excluded.filter(({ why }) => why === reason).map(({ what }) => `    ${what}`),
  ])

const coverageText = (coverage: Coverage): readonly string[] => {
  const { rules, fired, polarities, reached, excluded, missing } = coverage
  return [
    `coverage: ${fired} of ${rules} rules fired, ${reached} of ${polarities} premise polarities reached, ${excluded.length} excluded`,
    ...exclusionsText(excluded),
    ...missing.map(what => `  not reached: ${what}`),
    '',
  ]
}

/** The report of a run of the suite, for people; the outcome stands last. */
export const renderConform = (report: ConformReport, options: ConformTextOptions): string => {
  const { target, total, passed, failed, skipped, seconds, interrupted, deviations, skips, coverage } = report
  const ink = inkOf(options.color)
  const shown = options.all ? deviations : deviations.slice(0, MAX_DEVIATIONS)
  const rest = deviations.length - shown.length
  const notRun = Math.max(0, options.ids.length - total)
  return [
    ink.heading(`target ${target}: ${plural(options.ids.length, 'case')}`),
    '',
    ...familiesText(report, options.ids),
    ...blocksText(report),
    ...skips.map(({ reason, cases }) => `skipped ${plural(cases, 'case')}: ${reason}`),
    ...(skips.length > 0 ? [''] : []),
    ...shown.map(d => ink.bad(deviationText(d, options.again(d)))),
    ...(rest > 0 ? [`… and ${plural(rest, 'more deviation')} (--all prints them)`, ''] : []),
    ...(coverage === null ? [] : coverageText(coverage)),
    ...(interrupted ? [`interrupted: ${plural(notRun, 'case')} not run`] : []),
    (failed > 0 ? ink.bad : passed > 0 ? ink.good : ink.heading)(
      `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s`,
    ),
  ].join('\n')
}

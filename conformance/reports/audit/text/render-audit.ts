import { type Ink, inkOf } from '../../terminal/ink.js'
import { wrap } from '../../terminal/wrap.js'
import type { AuditReport } from '../codec.js'
import { pictureOf } from '../picture.js'
import { notes } from '../words/notes.js'
import { inAHole } from '../words/outcomes.js'
import { type SummaryLine, summaryLines } from '../words/summary.js'
import { pictureText } from './picture-text.js'
import { updatesText } from './updates-text.js'
import { windowsText } from './windows-text.js'

export interface TextOptions {
  readonly color: boolean
  /** Columns of the terminal. More than 110 are not used. */
  readonly width: number
}

const WIDEST = 110
const NARROWEST = 60
const NAMES = 20

const summaryText = ({ name, says, tone }: SummaryLine, width: number, ink: Ink): string[] => {
  const paint = tone === 'bad' ? ink.bad : tone === 'good' ? ink.good : (text: string) => text
  return wrap(says, width - NAMES).map((line, i) => `${(i === 0 ? name : '').padEnd(NAMES)}${paint(line)}`)
}

const deviationsText = ({ deviations }: AuditReport, width: number, ink: Ink): string[] =>
  deviations.flatMap(({ line, call, seen, allowed }) => [
    ...wrap(`  line ${line}: ${call}`, width, 4),
    `    seen ${ink.bad(seen)}; allowed are only ${allowed.join(', ')}`,
  ])

/** The report for people at a terminal, most important first. */
export const renderAudit = (report: AuditReport, { color, width: columns }: TextOptions): string => {
  const ink = inkOf(color)
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns))
  const picture = pictureOf(report)
  const section = (heading: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', ink.heading(heading), '', ...lines]
  return [
    ink.heading(`memslot audit: ${report.file}`),
    '',
    ...summaryLines(report).flatMap(line => summaryText(line, width, ink)),
    ...section('Deviations from profile linux', deviationsText(report, width, ink)),
    ...section('The worst window', picture === null ? [] : pictureText(picture, width, ink)),
    ...section(
      'Windows in which memory mapped before and after an update was unmapped',
      windowsText(report, ink),
    ),
    ...section(
      'What an access there meets',
      report.totals.holes === 0
        ? []
        : inAHole.flatMap(({ access, meets }) => wrap(`  ${access.padEnd(6)} ${meets}`, width, 9)),
    ),
    ...section(
      'Updates, and the one batch that does the same without a hole',
      updatesText(report, width, ink),
    ),
    ...section(
      'To read this rightly',
      notes(report).flatMap(note => wrap(`  - ${note}`, width, 4)),
    ),
    '',
  ].join('\n')
}

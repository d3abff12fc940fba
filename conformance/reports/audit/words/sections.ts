import type { Table } from '../../table.js'
import type { AuditReport, ReportJudged, ReportReplugged } from '../codec.js'
import { linesOf, place } from './absence.js'
import { notes } from './notes.js'
import { especially, inAHole } from './outcomes.js'
import { riskSentence } from './risk.js'
import { ms, plural, range, threadIds } from './units.js'
import { adviceOf } from './verdict.js'
import { type WindowGroup, windowGroups } from './window-groups.js'

/** A part of a report, drawn by the terminal and by the page each in its way. */
export type Block =
  | { readonly kind: 'table'; readonly caption: string; readonly table: Table; readonly more: string | null }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'sentence'; readonly says: string }
  | { readonly kind: 'picture' }
  | { readonly kind: 'updates' }

export interface Section {
  readonly heading: string
  readonly blocks: readonly Block[]
}

const more = (count: number, what: string): string | null =>
  count > 0 ? `… and ${plural(count, `more ${what}`)}: see the JSON report` : null

const table = (
  caption: string,
  columns: Table['columns'],
  rows: Table['rows'],
  limit: number,
  what: string,
): Block => ({
  kind: 'table',
  caption,
  table: { columns, rows: rows.slice(0, limit) },
  more: more(rows.length - limit, what),
})

const groupBlock = (group: WindowGroup, limit: number): Block => {
  const { title, windows, kinds, brief, tone } = group
  const [reason, ...reasons] = [...new Set(windows.map(({ unknown }) => unknown?.because ?? ''))]
  const shared = reasons.length === 0 ? (reason ?? '') : ''
  const counted = `${title}: ${plural(windows.length, 'window')}${shared === '' ? '' : ` (${shared})`}`
  if (brief) {
    const times = windows.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]))
    const longest = times.length === 0 ? '' : `, the longest ${ms(Math.max(...times))}`
    return { kind: 'sentence', says: `${counted}${longest}.` }
  }
  const named = tone === 'bad'
  const callers = windows.some(({ caller }) => caller !== null)
  const timed = windows.some(({ seconds }) => seconds !== null)
  return table(
    counted,
    [
      { head: 'guest memory' },
      { head: '' },
      { head: 'windows', kind: 'number' },
      ...(timed ? [{ head: 'longest', kind: 'number' as const }] : []),
      { head: 'lines' },
      ...(named ? [{ head: 'inside KVM_RUN' }] : []),
      ...(callers ? [{ head: 'in your code', kind: 'prose' as const }] : []),
      { head: '', kind: 'prose' },
    ],
    kinds.map(({ windows: alike, longest, name, whole }) => [
      `${longest.as === 0 ? '' : `${longest.as}:`}${range(whole)}`,
      name ?? '',
      alike.length === 1 ? '1' : `× ${alike.length}`,
      ...(timed ? [tone === null ? ms(longest.seconds) : { text: ms(longest.seconds), tone }] : []),
      linesOf(longest),
      ...(named ? [threadIds(longest.running)] : []),
      ...(callers ? [longest.caller ?? ''] : []),
      [especially(longest), shared === '' ? (longest.unknown?.because ?? '') : '']
        .filter(remark => remark !== '')
        .join('; '),
    ]),
    limit,
    'kind',
  )
}

const judged = (all: readonly ReportJudged[], limit: number, why: boolean): Block =>
  table(
    why ? 'Calls whose result is right for what the machine is' : 'Calls whose result is not allowed',
    [
      { head: 'line', kind: 'number' },
      { head: 'call' },
      { head: 'seen' },
      { head: why ? 'explained by' : 'allowed are only', kind: 'prose' },
    ],
    all.map(({ line, call, seen, allowed, by }) => [
      line,
      call,
      why ? seen : { text: seen, tone: 'bad' as const },
      by ?? allowed.join(', '),
    ]),
    limit,
    'call',
  )

/** Memory that came back, outside windows: without a column that would say nothing. */
const absences = <A extends ReportReplugged>(
  caption: string,
  all: readonly A[],
  because: ((one: A) => string) | null,
  limit: number,
): readonly Block[] => {
  if (all.length === 0) return []
  const timed = all.some(({ seconds }) => seconds !== null)
  return [
    table(
      caption,
      [
        { head: 'guest memory' },
        ...(timed ? [{ head: 'unmapped for', kind: 'number' as const }] : []),
        { head: 'lines' },
        ...(because === null ? [] : [{ head: 'because', kind: 'prose' as const }]),
      ],
      all.map(one => [
        place(one),
        ...(timed ? [ms(one.seconds)] : []),
        linesOf(one),
        ...(because === null ? [] : [because(one)]),
      ]),
      limit,
      'range',
    ),
  ]
}

/** Everything a report says after its verdict, most important first. `limit`: rows of a table. */
export const sections = (report: AuditReport, limit: number): readonly Section[] => {
  const { replugged, undecided, failures, deviations, explained, counted, totals, updates } = report
  const risks = updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)
  const advice = adviceOf(report)
  const all: Section[] = [
    {
      heading: 'Where',
      blocks: [
        ...windowGroups(report).map(group => groupBlock(group, limit)),
        ...absences(
          'Unmapped and mapped again, and it cannot be told whether within one update',
          undecided,
          ({ because }) => because,
          limit,
        ),
        ...absences('Unplugged, and plugged again by a later update: no window', replugged, null, limit),
      ],
    },
    { heading: 'What to do today', blocks: advice.length === 0 ? [] : [{ kind: 'list', items: advice }] },
    {
      heading: 'Dirty bits at risk',
      blocks:
        risks.length === 0
          ? []
          : [
              { kind: 'list', items: risks.slice(0, limit).map(riskSentence) },
              ...(risks.length > limit
                ? [{ kind: 'sentence' as const, says: more(risks.length - limit, 'slot') ?? '' }]
                : []),
            ],
    },
    {
      heading: 'Deviations from profile linux',
      blocks: deviations.length === 0 ? [] : [judged(deviations, limit, false)],
    },
    {
      heading: 'Why calls failed',
      blocks:
        failures.length === 0
          ? []
          : [
              table(
                `${plural(failures.length, 'call')} failed`,
                [
                  { head: 'line', kind: 'number' },
                  { head: 'call' },
                  { head: 'seen' },
                  { head: 'rule' },
                  { head: 'because', kind: 'prose' },
                ],
                failures.map(({ line, call, errno, rule, because, ask }) => [
                  line,
                  call,
                  errno,
                  rule ?? '',
                  [...because, ...(ask.length === 0 ? [] : [`to know: ${ask.join('; ')}`])].join('; '),
                ]),
                limit,
                'call',
              ),
            ],
    },
    {
      heading: 'Explained by the machine',
      blocks: explained.length === 0 ? [] : [judged(explained, limit, true)],
    },
    { heading: 'The worst window', blocks: [{ kind: 'picture' }] },
    {
      heading: 'What an access there meets',
      blocks:
        totals.windows === 0
          ? []
          : [{ kind: 'list', items: inAHole.map(({ access, meets }) => `${access}: ${meets}`) }],
    },
    {
      heading: 'Updates, and the one batch that does the same without a window',
      blocks: [{ kind: 'updates' }],
    },
    {
      heading: 'Lines that could not be read',
      blocks:
        counted.unknownLines === 0
          ? []
          : [
              table(
                `${plural(counted.unknownLines, 'line')}, the first of them:`,
                [{ head: 'line', kind: 'number' }, { head: 'found' }, { head: 'expected', kind: 'prose' }],
                counted.broken.map(({ line, found, expected }) => [line, found, expected]),
                limit,
                'line',
              ),
            ],
    },
    {
      heading: 'Where the lines stand',
      blocks:
        report.origins.length === 0
          ? []
          : [
              {
                kind: 'sentence',
                says: 'Lines are numbered in the order of time, through all files. Those named above stand here:',
              },
              table(
                'Lines',
                [{ head: 'line', kind: 'number' }, { head: 'in its file', kind: 'number' }, { head: 'file' }],
                report.origins.map(({ line, file, at }) => [line, at, report.files[file] ?? report.file]),
                limit,
                'line',
              ),
            ],
    },
    { heading: 'To read this rightly', blocks: [{ kind: 'list', items: notes(report) }] },
  ]
  return all
}

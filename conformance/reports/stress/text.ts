import { counted, nounFor } from '../../../spec/terms/counted.js'
import type { Column } from '../table.js'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import { countViolations, type StressReport } from './codec.js'

/** What is printed of a play, and of a fault. */
export interface NamedPlay {
  readonly id: string
  readonly says: string
}
export interface NamedFault extends NamedPlay {
  /** The play that catches it, and the properties it violates there. */
  readonly play: string
  readonly noticedAs: readonly string[]
}

export interface StressTextOptions {
  readonly plays: readonly NamedPlay[]
  /** The fault that was put in; null where there was none. */
  readonly fault: NamedFault | null
  readonly color: boolean
  /** The command that runs it again. */
  readonly again: string
  /** Where the traces of histories that deviate were written. */
  readonly files: readonly string[]
}

const number = (n: number): string => Math.round(n).toLocaleString('en')

const COLUMNS: readonly Column[] = [
  { head: 'play' },
  { head: 's', kind: 'number' },
  { head: 'updates', kind: 'number' },
  { head: 'turns', kind: 'number' },
  { head: '✗', kind: 'number' },
  { head: '' },
]

const rowOf = (
  plays: readonly NamedPlay[],
  { play, seconds, turns, count }: StressReport['plays'][number],
): readonly (string | number)[] => {
  const { updater = 0, ...others } = turns
  const steps = Object.values(others).reduce((sum, n) => sum + n, 0)
  const says = plays.find(({ id }) => id === play)?.says ?? ''
  return [play, seconds.toFixed(1), number(updater), number(steps), count, says]
}

const historyRow = (
  { episodes, operations, waits, seconds, deviations }: NonNullable<StressReport['histories']>,
  holes: number,
) => [
  'histories',
  seconds.toFixed(1),
  number(episodes),
  number(operations),
  deviations.length,
  `recorded and judged by the oracle; ${number(waits)} ${nounFor(waits, 'access', 'accesses')} waited${holes === 0 ? '' : `; in all, ${number(holes)} found a hole`}`,
]

const violations = ({ plays }: StressReport): readonly string[] =>
  plays.flatMap(({ play, violations, count }) => [
    ...violations.map(
      ({ property, says, ms }) => `✗ ${play}: ${property}: ${says} (after ${(ms / 1000).toFixed(2)} s)`,
    ),
    ...(count > violations.length ? [`  … and ${count - violations.length} more in ${play}`] : []),
  ])

const killed = ({ kills }: StressReport): readonly string[] =>
  kills === null
    ? []
    : [
        `killed ${counted(kills.writers, 'writer')} and ${counted(kills.readers, 'reader')}: ${kills.none} in no call, ${kills.undone} in one that was undone, ${kills.finished} in one that was finished, ${kills.marked} in a harvest`,
      ]

/** What a stress run saw, for people; the outcome stands last. */
export const renderStress = (
  report: StressReport,
  { color, again, files, plays, fault }: StressTextOptions,
): string => {
  const ink = inkOf(color)
  const { histories, interrupted, seconds } = report
  const seen = countViolations(report)
  const rows = [
    ...report.plays.map(play => rowOf(plays, play)),
    ...(histories === null ? [] : [historyRow(histories, report.holes ?? 0)]),
  ]
  return [
    ...(fault === null ? [] : [`fault ${fault.id}: ${fault.says}`]),
    ...tableText({ columns: COLUMNS, rows }),
    ...killed(report),
    ...violations(report).map(ink.bad),
    ...(histories?.deviations ?? []).flatMap(({ episode, says }, i) => [
      ink.bad(`✗ history ${episode}:`),
      says,
      ...(files[i] === undefined ? [] : [`  again: memslot check ${files[i]}`]),
    ]),
    ...(report.skipped ?? []).map(({ play, because }) => `skipped ${play}: ${because}`),
    ...(histories !== null && histories.inconclusive > 0
      ? [
          `${counted(histories.inconclusive, 'history has', 'histories have')} too many explanations to be judged`,
        ]
      : []),
    `again: ${again}`,
    ...(interrupted ? ['interrupted'] : []),
    (seen > 0 ? ink.bad : ink.good)(`${counted(seen, 'violation')} in ${seconds.toFixed(1)} s`),
  ].join('\n')
}

/** The plays and the faults, by name. */
export const renderList = (plays: readonly NamedPlay[], faults: readonly NamedFault[]): string =>
  [
    ...tableText({
      columns: [{ head: 'play' }, { head: 'shows' }],
      rows: plays.map(({ id, says }) => [id, says]),
    }),
    '',
    ...tableText({
      columns: [{ head: 'fault' }, { head: 'is' }, { head: 'caught by' }, { head: 'as' }],
      rows: faults.map(({ id, says, noticedAs, play }) => [id, says, play, noticedAs.join(' or ')]),
    }),
  ].join('\n')

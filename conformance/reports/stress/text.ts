import { faults } from '../../stress/faults.js'
import { plays } from '../../stress/plays/index.js'
import { violationsOf } from '../../stress/stress.js'
import { inkOf } from '../terminal/ink.js'
import { table } from '../terminal/table.js'
import type { StressReport } from './codec.js'

export interface StressTextOptions {
  readonly color: boolean
  /** The command that runs it again. */
  readonly again: string
  /** Where the traces of histories that deviate were written. */
  readonly files: readonly string[]
}

const number = (n: number): string => Math.round(n).toLocaleString('en')

const rowOf = ({
  play,
  seconds,
  turns,
  count,
}: StressReport['plays'][number]): readonly (string | number)[] => {
  const { updater = 0, ...others } = turns
  const steps = Object.values(others).reduce((sum, n) => sum + n, 0)
  const says = plays.find(({ id }) => id === play)?.says ?? ''
  return [play, seconds.toFixed(1), number(updater), number(steps), count, says]
}

const historyRow = ({
  episodes,
  operations,
  waits,
  seconds,
  deviations,
}: NonNullable<StressReport['histories']>) => [
  'histories',
  seconds.toFixed(1),
  number(episodes),
  number(operations),
  deviations.length,
  `recorded and judged by the oracle; ${waits} accesses waited`,
]

const violations = ({ plays }: StressReport): readonly string[] =>
  plays.flatMap(({ play, violations, count }) => [
    ...violations.map(
      ({ property, says, ms }) => `✗ ${play}: ${property}: ${says} (after ${(ms / 1000).toFixed(2)} s)`,
    ),
    ...(count > violations.length ? [`  … and ${count - violations.length} more in ${play}`] : []),
  ])

/** What a stress run saw, for people; the outcome stands last. */
export const renderStress = (report: StressReport, { color, again, files }: StressTextOptions): string => {
  const ink = inkOf(color)
  const { histories, interrupted, seconds, fault } = report
  const seen = violationsOf(report)
  const rows = [...report.plays.map(rowOf), ...(histories === null ? [] : [historyRow(histories)])]
  const mistake = faults.find(({ id }) => id === fault)
  return [
    ...(mistake === undefined ? [] : [`fault ${mistake.id}: ${mistake.says}`]),
    table(
      {
        head: ['play', 's', 'updates', 'turns', '✗', ''],
        aligns: ['left', 'right', 'right', 'right', 'right'],
      },
      rows,
    ),
    ...violations(report).map(ink.bad),
    ...(histories?.deviations ?? []).flatMap(({ episode, says }, i) => [
      ink.bad(`✗ history ${episode}:`),
      says,
      ...(files[i] === undefined ? [] : [`  again: memslot check ${files[i]}`]),
    ]),
    ...((histories?.inconclusive ?? 0) > 0
      ? [`${histories?.inconclusive} histories have too many explanations to be judged`]
      : []),
    `again: ${again}`,
    ...(interrupted ? ['interrupted'] : []),
    (seen > 0 ? ink.bad : ink.good)(`${seen} violation${seen === 1 ? '' : 's'} in ${seconds.toFixed(1)} s`),
  ].join('\n')
}

/** The plays and the faults, by name. */
export const renderList = (): string =>
  [
    table(
      { head: ['play', 'shows'] },
      plays.map(({ id, says }) => [id, says]),
    ),
    '',
    table(
      { head: ['fault', 'is', 'noticed by', 'as'] },
      faults.map(({ id, says, noticedAs, play }) => [id, says, play, noticedAs.join(' or ')]),
    ),
  ].join('\n')

import { match } from 'ts-pattern'
import { nounFor } from '../../../spec/terms/counted.js'
import type { Cell, Column, Tone } from '../table.js'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import type { BenchReport, BenchRow } from './codec.js'

export interface RenderBenchOptions {
  readonly color: boolean
}

const plain = (n: number): string =>
  n >= 1e6
    ? `${(n / 1e6).toFixed(2)} M`
    : n >= 1e4
      ? `${(n / 1e3).toFixed(0)} k`
      : n >= 100
        ? n.toFixed(0)
        : n.toFixed(1)
const times = (n: number): string => `${n >= 10 ? n.toFixed(1) : n >= 0.1 ? n.toFixed(2) : n.toFixed(4)}×`
const orNone = <A>(value: A | null, print: (value: A) => string): string =>
  value === null ? '–' : print(value)

const targetText = ({ target }: BenchRow): string =>
  orNone(target, wanted =>
    match(wanted)
      .with({ of: 'ratio' }, ({ atMost }) => `≤ ${Number(atMost.toPrecision(3))}×`)
      .with({ of: 'time' }, ({ atMost }) => `≤ ${plain(atMost)} ns`)
      .with({ of: 'rate' }, ({ atLeast }) => `≥ ${plain(atLeast)}/s`)
      .with({ of: 'size' }, ({ atMost }) => `≤ ${plain(atMost)} ${nounFor(atMost, 'byte')}`)
      .exhaustive(),
  )

const TONES = {
  reached: 'good',
  'within-noise': 'doubtful',
  missed: 'bad',
  inconclusive: 'doubtful',
} as const satisfies Readonly<Record<NonNullable<BenchRow['verdict']>, Tone>>

const COLUMNS: readonly Column[] = [
  { head: 'benchmark' },
  { head: 'subject' },
  { head: 'median', kind: 'number' },
  { head: 'peer' },
  { head: 'ratio', kind: 'number' },
  { head: 'quartiles', kind: 'number' },
  { head: 'target', kind: 'number' },
  { head: 'verdict' },
]

const cells = (row: BenchRow): readonly Cell[] => {
  const { name, subject, peer, value, unit, ratio, spread, verdict } = row
  const print = peer === null ? (n: number) => plain(n) : times
  return [
    name,
    subject,
    orNone(value, n => `${plain(n)}${unit === '/s' ? '/s' : ` ${unit}`}`),
    peer ?? '–',
    orNone(ratio, times),
    orNone(spread, ({ low, high }) => `${print(low)} … ${print(high)}`),
    targetText(row),
    verdict === null ? '–' : { text: verdict, tone: TONES[verdict] },
  ]
}

/** A report for people: what was measured where, a line for each comparison, and how the verdicts are to be read. */
export const renderBench = ({ environment, rows }: BenchReport, { color }: RenderBenchOptions): string => {
  const ink = inkOf(color)
  const { cpu, caches, cores, node, platform, load, date } = environment
  return [
    ink.heading(`${cpu}, ${cores} cores${caches.map(cache => `, ${cache}`).join('')}`),
    ink.faint(`node ${node}, ${platform}, load ${load.toFixed(2)}, ${date}`),
    '',
    ...tableText({ columns: COLUMNS, rows: rows.map(cells) }, { ink }),
    '',
    ...rows.flatMap(({ name, remark }) =>
      remark === undefined ? [] : [ink.bad(`${name}: not timed, ${remark}`)],
    ),
    ...rows.flatMap(({ name, peer, yardstick }) => {
      if (yardstick === undefined) return []
      const { other, ratio, expected, holds } = yardstick
      const line = `${name}: ${peer} takes ${times(ratio)} of ${other}, where the target was set ${times(expected)}`
      return [holds ? ink.faint(line) : ink.doubtful(`${line}: inconclusive`)]
    }),
    ink.faint(
      'times are processor time; ratio: subject’s time by peer’s, round by round; quartiles of the ratio where there is a peer.',
    ),
    ink.faint('reached: the 75th percentile meets the target; within-noise: only the median does.'),
  ].join('\n')
}

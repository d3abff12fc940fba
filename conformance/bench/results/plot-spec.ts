import type { TopLevelSpec } from 'vega-lite'
import type { BenchRow } from '../../reports/bench/codec.js'
import type { ResultGroup } from './group.js'

/** One comparison as it is drawn: how many times the peer's time the subject takes. */
interface Drawn {
  readonly what: string
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly target: number | null
  readonly verdict: string
}

const NO_TARGET = 'no target'
/** Green and red that colour-blind readers tell apart, and what lies between. */
const COLOURS = {
  reached: '#0072b2',
  'within-noise': '#e69f00',
  missed: '#d55e00',
  inconclusive: '#999999',
  [NO_TARGET]: '#555555',
} as const
const ROW_HEIGHT = 18
/** Pixels of a label: the longest fits. */
const LABEL_WIDTH = 720

/** What is compared with whom. A row says first of which family it is, as the title of the plot does; its subject is ours. */
const drawn = ({ bench, name, peer, ratio, spread, target, verdict }: BenchRow): readonly Drawn[] =>
  peer === null || ratio === null || spread === null
    ? []
    : [
        {
          what: `${name.replace(`${bench}, `, '')} / ${peer}`,
          ratio,
          low: spread.low,
          high: spread.high,
          target: target?.of === 'ratio' ? target.atMost : null,
          verdict: verdict ?? NO_TARGET,
        },
      ]

/**
 * The comparisons of a family, a line each, on a logarithmic scale: the median ratio with its quartiles, and a tick
 * where the target is. Null where nothing was compared.
 */
export const plotSpec = ({ name, rows }: ResultGroup): TopLevelSpec | null => {
  const values = rows.flatMap(drawn)
  if (values.length === 0) return null
  const y = {
    field: 'what',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: LABEL_WIDTH },
  } as const
  const x = {
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'subject’s time ÷ peer’s time (left is faster)',
  } as const
  const color = {
    field: 'verdict',
    type: 'nominal',
    scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
    legend: { orient: 'bottom', title: null },
  } as const
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: name,
    background: 'white',
    width: 420,
    height: { step: ROW_HEIGHT },
    data: { values: [...values] },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 50 },
        encoding: { y, x: { ...x, field: 'ratio' }, color },
      },
      {
        transform: [{ filter: 'datum.target !== null' }],
        mark: { type: 'tick', thickness: 2, color: 'black' },
        encoding: { y, x: { ...x, field: 'target' } },
      },
    ],
  }
}

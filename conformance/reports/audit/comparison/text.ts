import { printable } from '../../printable.js'
import { inkOf } from '../../terminal/ink.js'
import { tableText } from '../../terminal/table.js'
import type { AuditComparison, ComparedRow } from './codec.js'

const TONES = { better: 'good', worse: 'bad', same: null, neutral: null } as const

const marked = (change: ComparedRow['change']) => {
  const tone = TONES[change]
  return tone === null ? change : { text: change, tone }
}

const shown = ({ what, old, new: now }: ComparedRow): [string, string] =>
  what.includes('seconds')
    ? [`${(old * 1e3).toFixed(3)} ms`, `${(now * 1e3).toFixed(3)} ms`]
    : [`${old}`, `${now}`]

/** What got better or worse, for people at a terminal. */
export const renderComparison = (
  { oldFile, newFile, oldVerdict, newVerdict, rows }: AuditComparison,
  color: boolean,
): string => {
  const ink = inkOf(color)
  const changed = rows.filter(({ change }) => change !== 'same')
  return [
    ink.heading(`memslot audit: ${printable(newFile)} against ${printable(oldFile)}`),
    '',
    `  before  ${printable(oldVerdict)}`,
    `  now     ${printable(newVerdict)}`,
    '',
    ...(changed.length === 0
      ? ['  nothing that is counted has changed']
      : tableText(
          {
            columns: [
              { head: '' },
              { head: 'before', kind: 'number' },
              { head: 'now', kind: 'number' },
              { head: '' },
            ],
            rows: changed.map(row => [row.what, ...shown(row), marked(row.change)]),
          },
          { ink, gap: 2 },
        )),
    '',
  ].join('\n')
}

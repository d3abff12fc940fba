import type { Column } from '../../table.js'
import type { Ink } from '../../terminal/ink.js'
import { tableText } from '../../terminal/table.js'
import type { AuditReport, ReportHole } from '../codec.js'
import { windowGroups } from '../window-groups.js'
import { especially } from '../words/outcomes.js'
import { bytes, ms, plural, range, threadIds } from '../words/units.js'

/** A terminal is no place for more; the JSON and HTML reports have all that was kept. */
const LISTED = 60

const columns = (inside: boolean): readonly Column[] => [
  { head: 'lines' },
  { head: 'addresses' },
  { head: 'size', kind: 'number' },
  { head: 'unmapped', kind: 'number' },
  ...(inside ? [{ head: 'inside' }] : []),
  { head: '' },
]

const cells = (hole: ReportHole, inside: boolean): string[] => [
  `${hole.fromLine}→${hole.toLine}`,
  `${hole.as === 0 ? '' : `${hole.as}:`}${range(hole)}`,
  bytes(BigInt(hole.size)),
  ms(hole.seconds),
  ...(inside ? [threadIds(hole.running)] : []),
  especially(hole),
]

/** The windows as tables, one for each thing the vCPUs did meanwhile. */
export const windowsText = (report: AuditReport, ink: Ink): string[] => {
  const groups = windowGroups(report)
  if (groups.length === 0) return ['  none']
  const told = groups.map(({ title, holes }) => {
    const inside = holes.some(({ running }) => running !== null && running.length > 0)
    const rows = holes.slice(0, LISTED).map(hole => cells(hole, inside))
    const more = holes.length - LISTED
    return [
      `  ${title}: ${plural(holes.length, 'window')}`,
      ...tableText({ columns: columns(inside), rows }, { ink, gap: 2 }),
      ...(more > 0 ? [ink.faint(`  … and ${plural(more, 'more window')}`)] : []),
    ]
  })
  return told.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
}

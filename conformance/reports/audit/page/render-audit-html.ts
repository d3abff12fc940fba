import { escaped } from '../../html/escaped.js'
import { pageHtml } from '../../html/page.js'
import { tableHtml } from '../../html/table.js'
import type { Column } from '../../table.js'
import type { AuditReport, ReportHole } from '../codec.js'
import { pictureOf } from '../picture.js'
import { windowGroups } from '../window-groups.js'
import { notes } from '../words/notes.js'
import { especially, inAHole } from '../words/outcomes.js'
import { summaryLines } from '../words/summary.js'
import { bytes, ms, plural, range, threads } from '../words/units.js'
import { pictureSvg } from './picture-svg.js'
import { AUDIT_STYLE } from './style.js'
import { updatesHtml } from './updates-html.js'

const LISTED_WINDOWS = 500

const WINDOW_COLUMNS: readonly Column[] = [
  { head: 'lines' },
  { head: 'guest addresses' },
  { head: 'size', kind: 'number' },
  { head: 'unmapped for', kind: 'number' },
  { head: 'inside KVM_RUN' },
  { head: '', kind: 'prose' },
]
const DEVIATION_COLUMNS: readonly Column[] = [
  { head: 'line', kind: 'number' },
  { head: 'call' },
  { head: 'seen' },
  { head: 'allowed are only' },
]

const windowRow = (hole: ReportHole): string[] => [
  `${hole.fromLine}→${hole.toLine}`,
  `${hole.as === 0 ? '' : `space ${hole.as}: `}${range(hole)}`,
  bytes(BigInt(hole.size)),
  ms(hole.seconds),
  hole.beforeRun === true ? 'no vCPU had run' : threads(hole.running),
  especially(hole),
]

const windowsHtml = (report: AuditReport): string =>
  windowGroups(report)
    .map(({ title, holes }) => {
      const more = holes.length - LISTED_WINDOWS
      return [
        tableHtml(`${title}: ${plural(holes.length, 'window')}`, {
          columns: WINDOW_COLUMNS,
          rows: holes.slice(0, LISTED_WINDOWS).map(windowRow),
        }),
        more > 0 ? `<p class="soft">… and ${plural(more, 'more window')}: see the JSON report.</p>` : '',
      ].join('\n')
    })
    .join('\n')

const deviationsHtml = ({ deviations }: AuditReport): string =>
  deviations.length === 0
    ? ''
    : `<section><h2>Deviations from profile linux</h2>
${tableHtml('Calls whose result is not allowed', {
  columns: DEVIATION_COLUMNS,
  rows: deviations.map(({ line, call, seen, allowed }) => [line, call, seen, allowed.join(', ')]),
})}</section>`

const pictureHtml = (report: AuditReport): string => {
  const picture = pictureOf(report)
  return picture === null ? '' : `<section><h2>The worst window</h2>\n${pictureSvg(picture)}</section>`
}

const outcomesHtml = (): string =>
  `<h3>What an access there meets</h3>
<ul class="notes">${inAHole.map(({ access, meets }) => `<li><b>${access}</b>: ${escaped(meets)}</li>`).join('\n')}</ul>`

/** The report as one page. */
export const renderAuditHtml = (report: AuditReport): string =>
  pageHtml({
    title: `memslot audit: ${report.file}`,
    style: AUDIT_STYLE,
    body: `<dl class="summary">
${summaryLines(report)
  .map(({ name, says, tone }) => `<dt>${name}</dt><dd class="${tone}">${escaped(says)}</dd>`)
  .join('\n')}
</dl>
${deviationsHtml(report)}
${pictureHtml(report)}
<section><h2>Windows in which memory mapped before and after an update was unmapped</h2>
${report.totals.holes === 0 ? '<p>None.</p>' : `${windowsHtml(report)}\n${outcomesHtml()}`}</section>
<section><h2>Updates, and the one batch that does the same without a hole</h2>
${updatesHtml(report)}</section>
<section><h2>To read this rightly</h2>
<ul class="notes">${notes(report)
      .map(note => `<li>${escaped(note)}</li>`)
      .join('\n')}</ul></section>`,
  })

import { escaped } from '../../html/escaped.js'
import { STYLE } from '../../html/style.js'
import { type Column, table } from '../../html/table.js'
import type { AuditReport, ReportHole } from '../codec.js'
import { pictureOf } from '../picture.js'
import { windowGroups } from '../window-groups.js'
import { notes } from '../words/notes.js'
import { especially, inAHole } from '../words/outcomes.js'
import { summaryLines } from '../words/summary.js'
import { bytes, ms, plural, range, threads } from '../words/units.js'
import { pictureSvg } from './picture-svg.js'
import { updatesHtml } from './updates-html.js'

const LISTED_WINDOWS = 500

const WINDOW_COLUMNS: readonly Column[] = [
  { head: 'lines', is: 'text' },
  { head: 'guest addresses', is: 'text' },
  { head: 'size', is: 'number' },
  { head: 'unmapped for', is: 'number' },
  { head: 'inside KVM_RUN', is: 'text' },
  { head: '', is: 'free' },
]
const DEVIATION_COLUMNS: readonly Column[] = [
  { head: 'line', is: 'number' },
  { head: 'call', is: 'text' },
  { head: 'seen', is: 'text' },
  { head: 'allowed are only', is: 'text' },
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
        table(
          `${title}: ${plural(holes.length, 'window')}`,
          WINDOW_COLUMNS,
          holes.slice(0, LISTED_WINDOWS).map(windowRow),
        ),
        more > 0 ? `<p class="soft">… and ${plural(more, 'more window')}: see the JSON report.</p>` : '',
      ].join('\n')
    })
    .join('\n')

const deviationsHtml = ({ deviations }: AuditReport): string =>
  deviations.length === 0
    ? ''
    : `<section><h2>Deviations from profile linux</h2>
${table(
  'Calls whose result is not allowed',
  DEVIATION_COLUMNS,
  deviations.map(({ line, call, seen, allowed }) => [String(line), call, seen, allowed.join(', ')]),
)}</section>`

const pictureHtml = (report: AuditReport): string => {
  const picture = pictureOf(report)
  return picture === null ? '' : `<section><h2>The worst window</h2>\n${pictureSvg(picture)}</section>`
}

const outcomesHtml = (): string =>
  `<h3>What an access there meets</h3>
<ul class="notes">${inAHole.map(({ access, meets }) => `<li><b>${access}</b>: ${escaped(meets)}</li>`).join('\n')}</ul>`

/** The report as one page that needs nothing else: no script, no request, legible in light and dark. */
export const renderAuditHtml = (report: AuditReport): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>memslot audit: ${escaped(report.file)}</title><style>${STYLE}</style></head><body>
<main>
<h1>memslot audit: ${escaped(report.file)}</h1>
<dl class="summary">
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
  .join('\n')}</ul></section>
</main></body></html>
`

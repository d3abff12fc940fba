import type { Row } from '../../../../oracle/designs/matrix.js'
import { properties } from '../../../../spec/properties/properties.js'
import { escaped } from '../../html/escaped.js'
import { pageHtml } from '../../html/page.js'
import { tableHtml } from '../../html/table.js'
import { CELLS_EXPLAINED, cellWords } from '../cell-words.js'
import type { DesignsReport } from '../codec.js'
import { foldedDesigns } from '../folded.js'
import type { RecordedReport } from '../recorded-codec.js'
import { RECORDED_WORDS, recordedTable } from '../recorded-words.js'
import { scopeWords } from '../scope-words.js'
import { cellId } from './cell-id.js'
import { matrixTable } from './matrix-table.js'
import { type CellName, objections } from './objections.js'
import { runsHtml } from './runs-html.js'
import { MATRIX_STYLE } from './style.js'

const cellHtml = ({ cells }: DesignsReport, { design, variant, property }: CellName): string => {
  const cell = cells.find(c => c.design === design && c.variant === variant && c.property === property)
  const name = `${design} / ${property}`
  if (cell === undefined) return `${escaped(name)} (not asked for)`
  const text = escaped(`${name}: ${cellWords(cell)}`)
  return cell.holds === false
    ? `<a href="#${cellId(design, variant, property)}">${text}, step by step</a>`
    : text
}

const objectionsHtml = (report: DesignsReport): string =>
  objections
    .map(
      ({
        title,
        says,
        shown,
        answered,
      }) => `<div class="objection"><h3>${escaped(title)}</h3><p>${escaped(says)}</p>
<p>Shown by ${cellHtml(report, shown)} · answered by ${cellHtml(report, answered)}</p></div>`,
    )
    .join('\n')

/** What each design would have needed for recorded boots. */
export const needsHtml = (needs: RecordedReport): string =>
  `<section><h2>What each would have needed for recorded boots</h2>${tableHtml('Calls, swaps and kicks', recordedTable(needs))}
<ul class="notes">${RECORDED_WORDS.map(line => `<li>${escaped(line)}</li>`).join('\n')}</ul></section>`

/** The matrix as one page. */
export const matrixHtml = (
  report: DesignsReport,
  rows: readonly Row[],
  needs: RecordedReport | null,
): string =>
  pageHtml({
    title: 'memslot designs',
    heading: 'The designs of the thread, compared',
    style: MATRIX_STYLE,
    body: `<section>${matrixTable(rows.filter(row => !foldedDesigns(report.cells).includes(row.design)))}
<ul class="notes"><li>${CELLS_EXPLAINED}</li>${scopeWords(report)
      .map(line => `<li>${escaped(line)}</li>`)
      .join('\n')}</ul></section>
${needs === null ? '' : needsHtml(needs)}
<section><h2>Objections, and the cell that answers each</h2>
${objectionsHtml(report)}</section>
<section><h2>What each property means</h2>
<ul class="notes">${properties.map(p => `<li><b>${escaped(p.id)}</b>: ${escaped(p.says)}</li>`).join('\n')}</ul></section>
<section><h2>What each design is</h2>
<ul class="notes">${rows.map(row => `<li><b>${escaped(row.design)}</b>: ${escaped(row.says)}</li>`).join('\n')}</ul></section>
<section><h2>The shortest run of each failure</h2>
${runsHtml(rows)}</section>`,
  })

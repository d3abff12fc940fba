import { subjectOf } from '../../oracle/designs/subjects.js'
import { properties } from '../../spec/properties/properties.js'
import type { KeptRun } from '../designs/kept-runs.js'
import { CELLS_EXPLAINED, cellWords } from '../reports/designs/cell-words.js'
import type { DesignsCell, DesignsReport } from '../reports/designs/codec.js'
import { foldedDesigns } from '../reports/designs/folded.js'
import { needsHtml } from '../reports/designs/page/matrix-html.js'
import { type CellName, objections } from '../reports/designs/page/objections.js'
import type { RecordedReport } from '../reports/designs/recorded-codec.js'
import { scopeWords, takenWords } from '../reports/designs/scope-words.js'
import { escaped } from '../reports/html/escaped.js'
import { tableHtml } from '../reports/html/table.js'
import type { Cell, Column, Table } from '../reports/table.js'
import { linkToRun } from './explorer/link.js'

const nameOf = ({ design, variant }: Pick<DesignsCell, 'design' | 'variant'>): string =>
  variant === null ? design : `${design}, ${variant}`

/** The run that a cell shows; null where it shows none. */
export const keptRun = (runs: readonly KeptRun[], cell: CellName): KeptRun | null =>
  runs.find(
    one => one.design === cell.design && one.variant === cell.variant && one.property === cell.property,
  ) ?? null

/** The link to the run of a cell; null where it shows none. */
export const cellLink = (runs: readonly KeptRun[], cell: CellName): string | null => {
  const run = keptRun(runs, cell)
  if (run === null) return null
  const { choices, cycle } = run
  return `explorer.html#${linkToRun(run, { design: nameOf(run), choices, cycle })}`
}

const cellOf = (cell: DesignsCell | undefined, runs: readonly KeptRun[]): Cell => {
  if (cell === undefined) return ''
  const link = cellLink(runs, cell)
  return {
    text: cellWords(cell),
    tone: cell.holds === true ? 'good' : cell.holds === false ? 'bad' : 'doubtful',
    ...(link === null ? {} : { link }),
    ...(cell.fault === null ? {} : { title: `lost by the seeded fault ${cell.fault}` }),
  }
}

const LEGEND = `<p class="hint">${CELLS_EXPLAINED} What each property and each design is stands <a href="designs.html#no-hole">below the matrix</a>.</p>`

/** The matrix as a table: each cell that fails leads to its run in the explorer. */
export const matrixTable = (report: DesignsReport, runs: readonly KeptRun[]): Table => {
  const columns: readonly Column[] = [
    { head: 'design' },
    { head: 'updates', title: 'Updates taken, of those the design has a plan for' },
    ...properties.map(({ id, says }) => ({ head: id, title: says })),
  ]
  const folded = foldedDesigns(report.cells)
  const rows = report.scope.rows
    .filter(({ design, variant }) => variant !== null || !folded.includes(design))
    .map(row => [
      { text: nameOf(row), title: subjectOf(nameOf(row))?.says ?? '' },
      takenWords(row),
      ...properties.map(({ id }) =>
        cellOf(
          report.cells.find(c => c.design === row.design && c.variant === row.variant && c.property === id),
          runs,
        ),
      ),
    ])
  return { columns, rows }
}

/** The matrix as it is kept. */
export const matrixHtml = (report: DesignsReport, runs: readonly KeptRun[]): string =>
  `${tableHtml('Designs and properties', matrixTable(report, runs), { kind: 'matrix' })}\n${LEGEND}`

const objectionCell = (report: DesignsReport, runs: readonly KeptRun[], name: CellName): string => {
  const cell = report.cells.find(
    c => c.design === name.design && c.variant === name.variant && c.property === name.property,
  )
  const words = `${nameOf(name)} / ${name.property}: ${cell === undefined ? 'not asked' : cellWords(cell)}`
  const link = cellLink(runs, name)
  return link === null ? escaped(words) : `<a href="${escaped(link)}">${escaped(words)}</a>`
}

/**
 * The page of the matrix: its scope, the objections that it answers, what each design would have needed for recorded boots, what
 * its rows and columns are.
 */
export const matrixPageHtml = (
  report: DesignsReport,
  runs: readonly KeptRun[],
  needs: RecordedReport | null,
): string => `<h1>The designs of the thread, compared</h1>
<p>Each cell was decided by searching every state of its scope. A cell that fails leads to its shortest run, step by step.</p>
${matrixHtml(report, runs)}
<h2>The scope</h2><ul class="notes">${scopeWords(report)
  .map(line => `<li>${escaped(line)}</li>`)
  .join('\n')}</ul>
<h2>Objections, and the cell that answers each</h2>
${objections
  .map(
    ({ title, says, shown, answered }) =>
      `<h3>${escaped(title)}</h3><p>${escaped(says)}</p><p>Shown by ${objectionCell(report, runs, shown)} · answered by ${objectionCell(report, runs, answered)}</p>`,
  )
  .join('\n')}
${needs === null ? '' : needsHtml(needs)}
<h2>What each property means</h2><dl>${properties.map(p => `<dt><b id="${escaped(p.id.replace(/[^\w-]+/g, '-'))}">${escaped(p.id)}</b></dt><dd>${escaped(p.says)}</dd>`).join('\n')}</dl>
<h2>What each design is</h2><dl>${report.scope.rows
  .map(
    row =>
      `<dt><b id="design-${escaped(nameOf(row).replace(/[^\w-]+/g, '-'))}">${escaped(nameOf(row))}</b></dt><dd>${escaped(subjectOf(nameOf(row))?.says ?? '')}</dd>`,
  )
  .join('\n')}</dl>`

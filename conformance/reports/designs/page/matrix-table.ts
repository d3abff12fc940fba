import { faultFor } from '../../../../oracle/designs/faults/catalogue.js'
import type { Row } from '../../../../oracle/designs/matrix.js'
import { namesOf } from '../../../../oracle/designs/subjects.js'
import { properties } from '../../../../spec/properties/properties.js'
import { escaped } from '../../html/escaped.js'
import { cellWords } from '../cell-words.js'
import { takenWords } from '../scope-words.js'
import { cellId } from './cell-id.js'

const says = new Map(properties.map(p => [p.id, p.says]))

const cellHtml = (row: Row, cell: Row['cells'][number]): string => {
  const { design, variant } = namesOf(row.design)
  const words = escaped(cellWords(cell))
  const is = cell.holds === true ? 'holds' : cell.holds === false ? 'fails' : 'undecided'
  const inner =
    cell.run === null ? words : `<a href="#${cellId(design, variant, cell.property)}">${words}</a>`
  const fault = cell.holds === true ? faultFor(row.design, cell.property) : null
  const lost = fault === null ? '' : ` title="${escaped(`lost where ${fault.says} (${fault.id})`)}"`
  return `<td class="${is}"${lost}>${inner}</td>`
}

/** The matrix: each failing cell leads to its run. */
export const matrixTable = (rows: readonly Row[]): string => {
  const columns = rows[0]?.cells.map(cell => cell.property) ?? []
  const head = columns
    .map(id => `<th scope="col" title="${escaped(says.get(id) ?? '')}">${escaped(id)}</th>`)
    .join('')
  const body = rows
    .map(
      row =>
        `<tr><th scope="row" title="${escaped(row.says)}">${escaped(row.design)}</th><td>${takenWords({ ...namesOf(row.design), taken: row.updates, planned: row.planned })}</td>${row.cells.map(cell => cellHtml(row, cell)).join('')}</tr>`,
    )
    .join('\n')
  return `<div class="wide" tabindex="0" role="region" aria-label="designs and properties"><table class="matrix">
<caption>Designs and properties</caption><thead><tr><th scope="col">design</th><th scope="col" title="Updates taken, of those the design has a plan for">updates</th>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`
}

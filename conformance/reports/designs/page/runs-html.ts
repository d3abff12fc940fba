import type { Row } from '../../../../oracle/designs/matrix.js'
import { printRun } from '../../../../oracle/designs/print/run.js'
import { namesOf } from '../../../../oracle/designs/subjects.js'
import { escaped } from '../../html/escaped.js'
import { shownWords } from '../cell-words.js'
import { cellId } from './cell-id.js'

const runHtml = (row: Row, cell: Row['cells'][number], open: boolean): string => {
  const { property, run } = cell
  if (run === null) return ''
  const { design, variant } = namesOf(row.design)
  return `<details id="${cellId(design, variant, property)}"${open ? ' open' : ''}>
<summary><b>${escaped(row.design)}</b> ${escaped(shownWords(cell, property))}</summary>
<div><pre>${escaped(printRun(run))}</pre></div></details>`
}

/** The run of every cell that fails. That of `sequential` and `no-hole` is open, as the first to read. */
export const runsHtml = (rows: readonly Row[]): string =>
  rows
    .flatMap(row =>
      row.cells.map(cell => runHtml(row, cell, row.design === 'sequential' && cell.property === 'no-hole')),
    )
    .filter(html => html !== '')
    .join('\n')

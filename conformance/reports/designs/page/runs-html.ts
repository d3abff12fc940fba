import type { Row } from '../../../../oracle/designs/matrix.js'
import { printRun } from '../../../../oracle/designs/print/run.js'
import { namesOf } from '../../../../oracle/designs/subjects.js'
import { escaped } from '../../html/escaped.js'
import { cellId } from './cell-id.js'

const runHtml = (row: Row, { property, steps, run }: Row['cells'][number], open: boolean): string => {
  if (run === null) return ''
  const { design, variant } = namesOf(row.design)
  return `<details id="${cellId(design, variant, property)}"${open ? ' open' : ''}>
<summary><b>${escaped(row.design)}</b> fails <b>${escaped(property)}</b> in ${steps} steps</summary>
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

import { faultFor } from '../../../../oracle/designs/faults/catalogue.js'
import type { Row } from '../../../../oracle/designs/matrix.js'
import { namesOf } from '../../../../oracle/designs/subjects.js'
import { properties } from '../../../../spec/properties/properties.js'
import { tableHtml } from '../../html/table.js'
import type { Cell, Column, MarkedCell } from '../../table.js'
import { cellWords } from '../cell-words.js'
import { takenWords } from '../scope-words.js'
import { cellId } from './cell-id.js'

const says = new Map<string, string>(properties.map(p => [p.id, p.says]))

/** The mistake that would take away a property which the design has. */
const lostBy = ({ design }: Row, { property, holds }: Row['cells'][number]): Pick<MarkedCell, 'title'> => {
  const fault = holds === true ? faultFor(design, property) : null
  return fault === null ? {} : { title: `lost where ${fault.says} (${fault.id})` }
}

const cellOf = (row: Row, cell: Row['cells'][number]): MarkedCell => {
  const { design, variant } = namesOf(row.design)
  return {
    text: cellWords(cell),
    tone: cell.holds === true ? 'good' : cell.holds === false ? 'bad' : 'doubtful',
    ...(cell.run === null ? {} : { link: `#${cellId(design, variant, cell.property)}` }),
    ...lostBy(row, cell),
  }
}

const rowOf = (row: Row): readonly Cell[] => [
  { text: row.design, title: row.says },
  takenWords({ taken: row.updates, planned: row.planned }),
  ...row.cells.map(cell => cellOf(row, cell)),
]

/** The matrix: each failing cell leads to its run. */
export const matrixTable = (rows: readonly Row[]): string => {
  const columns: readonly Column[] = [
    { head: 'design' },
    { head: 'updates', title: 'Updates taken, of those the design has a plan for' },
    ...(rows[0]?.cells ?? []).map(({ property }) => ({ head: property, title: says.get(property) ?? '' })),
  ]
  return tableHtml('Designs and properties', { columns, rows: rows.map(rowOf) }, { kind: 'matrix' })
}

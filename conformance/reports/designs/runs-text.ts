import { faultFor } from '../../../oracle/designs/faults/catalogue.js'
import type { SeededFault } from '../../../oracle/designs/faults/fault.js'
import { verdictOn } from '../../../oracle/designs/faults/seeded.js'
import type { Row } from '../../../oracle/designs/matrix.js'
import { printRun } from '../../../oracle/designs/print/run.js'
import { lengthOf } from '../../../oracle/explore/result.js'
import { counted } from '../../../spec/terms/counted.js'
import { shownWords } from './cell-words.js'

/** The run of each cell of the rows that has one, step by step. */
export const runsText = (rows: readonly Row[]): string =>
  rows
    .flatMap(row =>
      row.cells.flatMap(cell =>
        cell.run === null ? [] : [`${row.design} ${shownWords(cell, cell.property)}\n${printRun(cell.run)}`],
      ),
    )
    .join('\n\n')

/** The mistake that would take away each property that a row has. */
export const faultsText = (rows: readonly Row[]): string =>
  rows
    .flatMap(row =>
      row.cells.flatMap(({ property, holds }) => {
        const fault = holds === true ? faultFor(row.design, property) : null
        return fault === null ? [] : [`${row.design} would lose ${property} if ${fault.says} (${fault.id})`]
      }),
    )
    .join('\n')

/** What a seeded fault does to the property of a design that has it without: the run, step by step. */
export const faultText = (fault: SeededFault): string => {
  const { of, property, id, says } = fault
  const verdict = verdictOn(fault, true)
  const head = `${of}, where ${says} (${id})`
  return verdict.holds === false
    ? `${head}, fails ${property} in ${counted(lengthOf(verdict.run), 'step')}\n${printRun(verdict.run)}`
    : `${head}, still has ${property}`
}

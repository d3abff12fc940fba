import { faultFor } from '../../../oracle/designs/faults/catalogue.js'
import type { Row } from '../../../oracle/designs/matrix.js'
import { printRun } from '../../../oracle/designs/print/run.js'

/** The run of each failing cell of the rows, step by step. */
export const runsText = (rows: readonly Row[]): string =>
  rows
    .flatMap(row =>
      row.cells.flatMap(({ property, steps, run }) =>
        run === null ? [] : [`${row.design} fails ${property} in ${steps} steps\n${printRun(run)}`],
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

import type { Property } from '../../spec/properties/properties.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'

type Liveness = Extract<Property, { kind: 'liveness' }>

/** Whom a liveness property is asked of, and whom it is not promised of: a cell that holds says it of all. */
export const everyone =
  ({ pending, unpromised = () => [] }: Liveness) =>
  (cells: StepCells): readonly number[] => [...pending(cells), ...unpromised(cells)]

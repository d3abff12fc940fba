import type { Design, Update } from '../../../spec/designs/design.js'
import type { Rule } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Workload } from '../workloads.js'

/** A fault that an implementer of a design might make, as a change of the design or of the rules. */
export interface Fault {
  readonly id: string
  readonly says: string
  /** The smallest update we know that shows it, and the workload beside it. */
  readonly update: Update
  readonly workload: Workload
  readonly design?: (design: Design) => Design
  readonly rules?: (rules: readonly Rule<StepCells>[]) => readonly Rule<StepCells>[]
  /** It shows only where updates, there and back again, follow each other for ever. */
  readonly repeated?: true
  /** Whether vCPUs begin with every translation of the old set cached. */
  readonly warm?: true
}

/** A fault seeded into one design, and the property of that design that it breaks. */
export interface SeededFault extends Fault {
  readonly of: string
  readonly property: string
}

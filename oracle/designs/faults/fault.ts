import type { Design, Update } from '../../../spec/designs/design.js'
import type { Rule } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Workload } from '../workloads.js'

/** A mistake that an implementer of a design might make, as a change of the design or of the rules. */
export interface Fault {
  readonly id: string
  readonly says: string
  /** The smallest update we know where it shows, and how many vCPUs it takes. */
  readonly update: Update
  readonly workload: Workload
  readonly design?: (design: Design) => Design
  readonly rules?: (rules: readonly Rule<StepCells>[]) => readonly Rule<StepCells>[]
  /** Whether vCPUs begin with every translation of the old set cached. */
  readonly warm?: true
}

/** A mistake seeded into a design, and the property that notices it. */
export interface SeededFault extends Fault {
  readonly of: string
  readonly property: string
}

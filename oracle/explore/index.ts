export { explore, exploreEach, exploreInTurns } from './explore.js'
export { type AuditLimits, faultsOfReduction } from './faults-of-reduction.js'
export type { ExploreOptions, Progress } from './options.js'
export { type Refinement, type RefineOptions, refines } from './refine.js'
export {
  betterRun,
  type Ended,
  joinVerdicts,
  lengthOf,
  type Result,
  type Run,
  type RunStep,
  type Verdict,
  type Weigh,
} from './result.js'
export type { LivenessProperty, SafetyProperty, System } from './system.js'
export type { Label } from './trace-sets.js'

export { explore, exploreAsync, exploreEach } from './explore.js'
export type { ExploreOptions, Progress } from './options.js'
export { type AuditLimits, faultsOfReduction } from './reduction/faults-of-reduction.js'
export { type Refinement, type RefineOptions, refines } from './refine/refine.js'
export type { Label } from './refine/trace-sets.js'
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

import type { StepCells, StepVcpu } from '../../terms/steps/cells.js'

/** Whether all the frames of an access are one: an atomic fetch, a walk of shadow paging, or what is emulated in one read side. */
export const isOneUnit = ({ world: { behaviour } }: StepCells, { want }: StepVcpu): boolean =>
  (behaviour.fetchAtomic && want?.kind === 'fetch') ||
  // Under shadow paging a walk is in flight on its tables until what it derives is installed.
  (behaviour.shadow === true && want?.kind === 'fetch') ||
  (behaviour.sections === true && want?.emulated === true)

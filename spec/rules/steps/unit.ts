import type { StepCells, StepVcpu } from '../../terms/steps/cells.js'

/** Whether all the frames of an access are one: an atomic fetch, or what is emulated in one read side. */
export const isOneUnit = ({ world: { behaviour } }: StepCells, { want }: StepVcpu): boolean =>
  (behaviour.fetchAtomic && want?.kind === 'fetch') ||
  (behaviour.sections === true && want?.emulated === true)

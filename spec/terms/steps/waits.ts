import type { StepCells, StepVcpu } from './cells.js'

/** Whether a vCPU is in the middle of an access that was made to wait. */
export const isWaiting = ({ at, want }: StepVcpu): boolean =>
  at === 'waiting' || (at === 'asking' && want !== null)

/**
 * Whether an access that is made to wait does so inside the hypervisor. A fault of the second stage that is retried by
 * re-entering the guest keeps no state, and one whose vCPU has left KVM_RUN is with userspace: neither is owed a turn.
 */
export const waitsInside = ({ world: { behaviour } }: StepCells, { want }: StepVcpu): boolean =>
  behaviour.waits === 'inside' || want?.emulated === true

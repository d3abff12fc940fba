import { type Premise, premise } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import type { Mishaps } from '../terms/operation.js'

/** Cells with a call that may go wrong in the ways every ioctl may. */
export type Troubled = Cells & { readonly call: Mishaps }

export const callerOwnsVm: Premise<Troubled> = premise(
  'caller-owns-vm',
  {
    holds: 'the caller is the process that created the VM',
    fails: 'the caller is not the process that created the VM',
  },
  ({ call }) => call.caller !== 'stranger',
  ({ call }) => ({ caller: call.caller ?? 'creator' }),
)

export const argumentReadable: Premise<Troubled> = premise(
  'argument-readable',
  { holds: 'the argument can be read', fails: 'the argument cannot be read' },
  ({ call }) => call.argument !== 'bad',
  ({ call }) => ({ argument: call.argument ?? 'readable' }),
)

/** `kvm_vm_ioctl` and the copy of the argument: before anything else, whatever the call. */
export const entered = [callerOwnsVm, argumentReadable] as const

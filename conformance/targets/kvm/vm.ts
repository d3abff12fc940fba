import type { Call, SetCall } from '../../../spec/terms/operation.js'
import { createVm, type Device } from './device.js'
import { refuse } from './refusal.js'

/** A VM of ours, and what is known of it from the calls that succeeded. */
export interface Vm {
  readonly fd: number
  /** The call that last made or changed each live slot, by the word that names it: space << 16 | id. */
  readonly slots: Map<number, SetCall>
  /** Descriptors of the guest_memfd that were made, by the number of the operation. */
  readonly files: Map<number, number>
  /** Descriptors of those that are behind slots whose call named none. */
  readonly ownFiles: number[]
  /** Whether GET leaves the bits alone. */
  manual: boolean
  /** Whether the dirty ring is on, which nothing turns off again. */
  ring: boolean
  /** How often a slot was moved or deleted, or was to be: with it KVM forgets all its tables. */
  zaps: number
}

export const slotWord = ({ as, id }: { readonly as: number; readonly id: number }): number =>
  ((as << 16) | id) >>> 0

export const openVm = (device: Device): Vm => {
  const fd = createVm(device)
  if (fd < 0) throw refuse({ kind: 'no-vm', errno: -fd })
  return { fd, slots: new Map(), files: new Map(), ownFiles: [], manual: false, ring: false, zaps: 0 }
}

/** Closes every guest_memfd. */
export const closeFiles = ({ kernel }: Device, vm: Vm): void => {
  for (const file of [...vm.files.values(), ...vm.ownFiles.splice(0)]) kernel.close(file)
  vm.files.clear()
}

/** Takes note that a slot is about to be moved or deleted; a move that fails has taken its tables too. */
export const noteZap = (vm: Vm, call: SetCall): void => {
  const old = vm.slots.get(slotWord(call))
  if (old !== undefined && (call.size === 0n || call.gpa !== old.gpa)) vm.zaps++
}

/** Takes note of a call that succeeded. */
export const noteSuccess = (vm: Vm, call: Call): void => {
  switch (call.op) {
    case 'set':
      if (call.size === 0n) vm.slots.delete(slotWord(call))
      else vm.slots.set(slotWord(call), call)
      break
    case 'enable-cap':
      if (call.cap === 'dirty-log-ring') vm.ring = true
      else vm.manual = (call.args[0] ?? 0n) !== 0n
      break
    default: // nothing else changes what is known
  }
}

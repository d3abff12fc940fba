import { requireEach, requireObject, requireOneOf, requireU32, requireU64 } from '../base/domain.js'
import type { Machine, ManualProtect } from '../machine.js'
import type { Outcome } from './outcome.js'

/** KVM_ENABLE_CAP on a VM. `args[0]`: the bits of manual protection (0, 1 or 3), or the bytes of each vCPU's ring. */
export interface CapCall {
  readonly cap: 'manual-dirty-log-protect2' | 'dirty-log-ring'
  readonly flags: number
  readonly args: readonly bigint[]
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireCapCall(c: CapCall): void {
  requireObject('a capability', c)
  requireOneOf('cap', c.cap, ['manual-dirty-log-protect2', 'dirty-log-ring'])
  requireU32('flags', c.flags)
  requireEach('args', c.args, argument => requireU64('', argument))
}

const RING_ENTRY_BYTES = 16n
const MIN_RING_BYTES = 4096n
const MAX_RING_BYTES = 65_536n * RING_ENTRY_BYTES

/** KVM_ENABLE_CAP (`kvm_vm_ioctl_enable_cap_generic`). A missing argument is 0. */
export function enableCap(machine: Machine, c: CapCall): Outcome {
  const argument = c.args[0] ?? 0n
  const done =
    c.cap === 'dirty-log-ring' ? enableRing(machine, argument) : setManual(machine, c.flags, argument)
  return done ?? { generation: machine.space(0).generation }
}

/** May be set at any time, also back to 0; bitmaps that exist stay as they are. 2 without 1 is EINVAL. */
function setManual(machine: Machine, flags: number, argument: bigint): Outcome | undefined {
  if (flags !== 0) return { errno: 'EINVAL' }
  if (argument !== 0n && argument !== 1n && argument !== 3n) return { errno: 'EINVAL' }
  machine.manualProtect = Number(argument) as ManualProtect
  return undefined
}

/**
 * Once, before the first vCPU (`kvm_vm_ioctl_enable_dirty_log_ring`). Linux does not look at the flags here, and takes
 * the size as 32 bits: 2³² + 4096 is a page, as seen on a real kernel.
 */
function enableRing(machine: Machine, argument: bigint): Outcome | undefined {
  const bytes = BigInt.asUintN(32, argument)
  const reserved = BigInt(machine.limits.ringReserved) * RING_ENTRY_BYTES
  const isPower = bytes !== 0n && (bytes & (bytes - 1n)) === 0n
  if (!isPower || bytes < MIN_RING_BYTES || bytes < reserved) return { errno: 'EINVAL' }
  if (bytes > MAX_RING_BYTES) return { errno: 'E2BIG' }
  if (machine.usesRing || machine.control.countVcpus() > 0) return { errno: 'EINVAL' }
  machine.ringBytes = Number(bytes)
  return undefined
}

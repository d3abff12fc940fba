import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { slotById } from '../../spec/terms/space.js'
import { spaceIn } from './machine.js'

/** What a recording leaves open about a VM. */
export interface Unknowns {
  /** The VM may have had slots before the recording began. */
  readonly past: boolean
  /** A change of slots is not known: only a pointer was recorded, or the result is missing. */
  readonly changes: boolean
  /** How many address spaces the VM has. */
  readonly spaces: boolean
}

/** 64 GiB in frames: every x86 processor with KVM addresses that much. */
const SURELY_ADDRESSABLE = 2n ** 36n

/**
 * Whether a result that the specification does not allow can be due to something the recording does not hold: slots
 * from before it, changes it does not decode, the number of address spaces, the physical address width. Such a call is
 * counted as not judged instead of being called a deviation.
 */
export const mayBeUnrecorded = (cells: Cells, call: SetCall, seen: string, unknown: Unknowns): boolean => {
  if (unknown.changes) return true
  if (unknown.spaces && call.as > 0 && seen === 'EINVAL') return true
  if (seen === 'EINVAL' && call.size > 0n && call.gpa + call.size > SURELY_ADDRESSABLE) return true
  if (seen === 'ENOMEM') return true
  if (!unknown.past) return false
  const known = slotById(spaceIn(cells, call.as), call.id) !== null
  if (known) return seen === 'EEXIST'
  return call.size === 0n ? seen === 'success' : seen === 'EEXIST' || seen === 'EINVAL'
}

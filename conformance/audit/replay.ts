import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { LOG, RO } from '../../spec/terms/slot.js'
import { slotById } from '../../spec/terms/space.js'
import { allowedBy } from './linux-profile.js'
import { adopt, spaceIn } from './machine.js'
import { mayBeUnrecorded, type Unknowns } from './unrecorded.js'

/** What became of a memslot call when it was put to the specification. */
export interface Replayed {
  readonly verdict: 'allowed' | 'deviates' | 'not judged'
  /** The results that profile `linux` allows. */
  readonly allowed: readonly string[]
  /** The machine to go on with. */
  readonly next: Cells
}

/** Puts a call and its recorded result to the specification; after a deviation goes on from what was seen. */
export const replay = (cells: Cells, call: SetCall, seen: string, unknown: Unknowns): Replayed => {
  const answers = allowedBy(cells, call)
  const allowed = [...new Set(answers.map(answer => answer.result))]
  const same = answers.find(answer => answer.result === seen)
  if (same !== undefined) return { verdict: 'allowed', allowed, next: same.next }
  const next = seen === 'success' ? adopt(cells, call) : cells
  const verdict = mayBeUnrecorded(cells, call, seen, unknown) ? 'not judged' : 'deviates'
  return { verdict, allowed, next }
}

/**
 * Whether this one line of a QEMU trace log stands for two calls. Where a live slot's read-only flag changes, QEMU
 * deletes the slot first and logs only the call that creates it again (`kvm_set_user_memory_region`).
 */
export const hidesDelete = (cells: Cells, call: SetCall, seen: string): boolean => {
  if (seen !== 'success' || call.size === 0n) return false
  const slot = slotById(spaceIn(cells, call.as), call.id)
  return slot !== null && (call.flags & ~(LOG | RO)) === 0 && slot.ro !== ((call.flags & RO) !== 0)
}

export const deleteBefore = (call: SetCall): SetCall => ({ ...call, size: 0n as SetCall['size'] })

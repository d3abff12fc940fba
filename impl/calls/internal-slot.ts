import { pageNumber } from '../base/frames.js'
import type { Machine } from '../machine.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import { run } from '../update/protocol.js'
import { nothing } from '../update/update.js'
import type { InternalSlotCall, Outcome } from './arguments.js'
import { endsBeyondGuest, isLegalPlacement } from './checks.js'

/**
 * Creates an internal slot in every space (`__x86_set_memory_region`): all of them or none, where Linux would leave
 * those done before a failure. EINVAL: not one of `internalIds`, size 0, misplaced or beyond the guest; EEXIST: the
 * slot exists, or frames are taken; ENOMEM.
 */
export function internalSlot(machine: Machine, r: InternalSlotCall): Outcome {
  const { limits } = machine
  if (!limits.internalIds.has(r.id)) return { errno: 'EINVAL' }
  if (r.size === 0n || !isLegalPlacement(limits, r)) return { errno: 'EINVAL' }

  const shape = {
    id: r.id,
    base: pageNumber(r.gpa),
    npages: pageNumber(r.size),
    hva: pageNumber(r.hva),
    flags: 0,
  }
  const spaces = Array.from({ length: limits.spaces }, (_, as) => machine.space(as))
  const taken = () => true
  for (const { current } of spaces) {
    if (current.get(r.id) || current.someInFrames(shape.base, shape.npages, taken)) return { errno: 'EEXIST' }
  }
  if (endsBeyondGuest(limits, shape.base, shape.npages)) return { errno: 'EINVAL' }
  if (!spaces.every(space => space.reserve(1))) return { errno: 'ENOMEM' }

  for (const space of spaces) {
    const next = { ...shape, log: NO_LOG, since: space.generationAfter(1) }
    run(machine, { space, changes: [{ old: undefined, next }], owed: [], settle: nothing, discard: nothing })
  }
  return { generation: machine.space(0).generation }
}

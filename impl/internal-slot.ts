import type { InternalSlotCall, Outcome } from './calls.js'
import { endsBeyondGuest, isLegalPlacement } from './checks.js'
import { pageNumber } from './frames.js'
import type { Machine } from './machine.js'

/**
 * Creates an internal slot in every space (`__x86_set_memory_region`): all of them or none, where Linux would leave
 * those done before a failure. EINVAL: not one of `internalIds`, size 0, misplaced or beyond the guest; EEXIST: the
 * slot exists, or frames are taken.
 */
export function internalSlot(machine: Machine, r: InternalSlotCall): Outcome {
  const { limits, spaces } = machine
  if (!limits.internalIds.has(r.id)) return { errno: 'EINVAL' }
  if (r.size === 0n || !isLegalPlacement(limits, r)) return { errno: 'EINVAL' }

  const shape = {
    id: r.id,
    base: pageNumber(r.gpa),
    npages: pageNumber(r.size),
    hva: pageNumber(r.hva),
    flags: 0,
  }
  const taken = () => true
  for (const { current } of spaces) {
    if (current.get(r.id) || current.someInFrames(shape.base, shape.npages, taken)) return { errno: 'EEXIST' }
  }
  if (endsBeyondGuest(limits, shape.base, shape.npages)) return { errno: 'EINVAL' }

  for (const space of spaces) {
    const next = { ...shape, bitmap: null, since: space.generationAfter(1) }
    space.publish([{ old: undefined, next }])
  }
  return { generation: spaces[0]!.generation }
}

import { requireObject, requireSlotWord } from '../base/domain.js'
import type { Machine } from '../machine.js'
import type { AddressSpace } from '../memslots/address-space.js'
import type { Shape } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import { run } from '../update/protocol.js'
import { nothing } from '../update/update.js'
import { endsBeyondGuest, isLegalPlacement } from './checks.js'
import type { Outcome } from './outcome.js'
import { requirePlacement, shapeOf } from './placement.js'

/** KVM creates an internal slot, for example in KVM_SET_TSS_ADDR. `gpa`, `size` and `hva` are bytes, whole pages. */
export interface InternalSlotCall {
  readonly id: number
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireInternalSlotCall(r: InternalSlotCall): void {
  requireObject('an internal slot', r)
  requireSlotWord(0, r.id)
  requirePlacement(r)
}

/**
 * Creates an internal slot in every space (`__x86_set_memory_region`): in all of them or in none, where Linux keeps
 * those made before a failure. EINVAL: not one of `internalIds`, size 0, misplaced or beyond the guest; EEXIST: the
 * slot exists, or frames are taken; ENOMEM.
 */
export function internalSlot(machine: Machine, r: InternalSlotCall): Outcome {
  const { limits } = machine
  if (!limits.internalIds.has(r.id)) return { errno: 'EINVAL' }
  if (r.size === 0n || !isLegalPlacement(limits, r)) return { errno: 'EINVAL' }

  const shape = shapeOf({ ...r, flags: 0 })
  const spaces = spacesOf(machine)
  const taken = () => true
  for (const { current } of spaces) {
    if (current.get(r.id) || current.someInFrames(shape.base, shape.npages, taken)) return { errno: 'EEXIST' }
  }
  if (endsBeyondGuest(limits, shape.base, shape.npages)) return { errno: 'EINVAL' }
  if (!spaces.every(space => space.reserve(1))) return { errno: 'ENOMEM' }

  for (const space of spaces) create(machine, space, shape)
  return { generation: machine.space(0).generation }
}

/**
 * Creates the internal slots that some spaces have in those that have not: a thread died that was about to. Whether
 * there was one.
 */
export function completeInternalSlots(machine: Machine): boolean {
  let wereMissing = false
  for (const id of machine.limits.internalIds) {
    const spaces = spacesOf(machine)
    const slot = spaces.map(({ current }) => current.get(id)).find(slot => slot !== undefined)
    if (slot === undefined) continue
    for (const space of spaces) {
      if (space.current.get(id)) continue
      create(machine, space, slot)
      wereMissing = true
    }
  }
  return wereMissing
}

function create(machine: Machine, space: AddressSpace, shape: Shape): void {
  const next = { ...shape, log: NO_LOG, since: space.generationAfter(1) }
  run(machine, { space, changes: [{ old: undefined, next }], owed: [], settle: nothing })
}

function spacesOf(machine: Machine): AddressSpace[] {
  return Array.from({ length: machine.limits.spaces }, (_, as) => machine.space(as))
}

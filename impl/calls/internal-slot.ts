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

/**
 * KVM creates an internal slot, for example in KVM_SET_TSS_ADDR, or with size 0 deletes it by its id, as inside KVM_RUN
 * where the APIC access page is inhibited. `gpa`, `size` and `hva` are bytes, whole pages.
 */
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
 * Creates an internal slot in every space, or with size 0 deletes it in every space; one that is not there is no error (`__x86_set_memory_region`): in all of them or in none, where Linux keeps
 * those made before a failure. EINVAL: not one of `internalIds`, misplaced or beyond the guest; EEXIST: the
 * slot exists, or frames are taken; ENOMEM.
 */
export function internalSlot(machine: Machine, r: InternalSlotCall): Outcome {
  const { limits } = machine
  if (!limits.internalIds.has(r.id)) return { errno: 'EINVAL' }
  if (r.size === 0n) {
    for (const space of spacesOf(machine)) remove(machine, space, r.id)
    return { generation: machine.space(0).generation }
  }
  if (!isLegalPlacement(limits, r)) return { errno: 'EINVAL' }

  const shape = shapeOf({ ...r, flags: 0 })
  const spaces = spacesOf(machine)
  const taken = () => true
  for (const { current } of spaces) {
    if (current.get(r.id) || current.someInFrames(shape.base, shape.npages, taken)) return { errno: 'EEXIST' }
  }
  if (endsBeyondGuest(limits, shape.base, shape.npages)) return { errno: 'EINVAL' }
  if (!createInEverySpace(machine, shape)) return { errno: 'ENOMEM' }
  return { generation: machine.space(0).generation }
}

/** Creates a slot in every space, or, without memory, in none: then false. */
export function createInEverySpace(machine: Machine, shape: Shape): boolean {
  const spaces = spacesOf(machine)
  if (!spaces.every(space => space.reserve(1))) return false
  for (const space of spaces) create(machine, space, shape)
  return true
}

/**
 * Completes the call of a thread that died while some spaces had an internal slot and others had not. A call begins with
 * space 0: where that has the slot it was being created, and where that has none deleted. Whether there was one.
 */
export function completeInternalSlots(machine: Machine): boolean {
  let wereApart = false
  for (const id of machine.limits.ownIds) {
    const spaces = spacesOf(machine)
    const slot = spaces[0]?.current.get(id)
    for (const space of spaces) {
      if ((space.current.get(id) === undefined) === (slot === undefined)) continue
      if (slot === undefined) remove(machine, space, id)
      else create(machine, space, slot)
      wereApart = true
    }
  }
  return wereApart
}

function create(machine: Machine, space: AddressSpace, shape: Shape): void {
  const next = { ...shape, log: NO_LOG, since: space.generationAfter(1) }
  run(machine, { space, changes: [{ old: undefined, next }], owed: [], settle: nothing })
}

function remove(machine: Machine, space: AddressSpace, id: number): void {
  const old = space.current.get(id)
  if (old === undefined) return
  run(machine, {
    space,
    changes: [{ old, next: undefined }],
    owed: [{ first: old.base, count: old.npages, writesOnly: false }],
    settle: nothing,
  })
}

export function spacesOf(machine: Machine): AddressSpace[] {
  return Array.from({ length: machine.limits.spaces }, (_, as) => machine.space(as))
}

import { describe, expect, it } from 'vitest'
import { Machine } from '../machine.js'
import { limitsOf } from '../options.js'
import { run } from '../update/protocol.js'
import { nothing } from '../update/update.js'
import { AddressSpace } from './address-space.js'
import type { Slot, SlotChange } from './slot.js'
import { NO_LOG } from './slot-columns.js'

function slot(id: number, base: number, npages: number, hva: number): Slot {
  return { id, base, npages, hva, flags: 0, log: NO_LOG, since: 0 }
}

/** A space of a machine of three, and how to change it. */
function spaceOf(index = 0) {
  const machine = Machine.create(limitsOf({ spaces: 3, slotLimit: 40 }))
  const space = machine.space(index)
  const change = (...changes: SlotChange[]) => {
    expect(space.reserve(changes.length)).toBe(true)
    run(machine, { space, changes, owed: [], settle: nothing })
  }
  return { space, change }
}
const made = (next: Slot): SlotChange => ({ old: undefined, next })

function frames(space: AddressSpace): number[][] {
  return [space.ticket, space.ticket + 1].map(ticket =>
    Array.from({ length: 12 }, (_, gfn) => space.set(ticket).idAt(gfn)),
  )
}

describe('an address space', () => {
  it('has a generation that starts at its index and steps by the number of spaces', () => {
    const { space, change } = spaceOf(1)
    expect(space.generation).toBe(1)
    change()
    expect([space.generation, space.swaps, space.generationAfter(2)]).toEqual([4, 1, 10])
  })

  it('holds the same slots in both sets at rest', () => {
    const { space, change } = spaceOf()
    change(made(slot(1, 0, 4, 100)), made(slot(2, 4, 4, 100)))
    const [current, other] = frames(space)
    expect(current).toEqual([1, 1, 1, 1, 2, 2, 2, 2, -1, -1, -1, -1])
    expect(other).toEqual(current)
    expect(space.set(space.ticket + 1).all()).toEqual(space.current.all())
  })

  it('lets slots change places in one publication', () => {
    const { space, change } = spaceOf()
    const [one, two] = [slot(1, 0, 4, 100), slot(2, 4, 4, 200)]
    change(made(one), made(two))
    change({ old: one, next: slot(1, 4, 4, 100) }, { old: two, next: slot(2, 0, 4, 200) })
    const [current, other] = frames(space)
    expect(current).toEqual([2, 2, 2, 2, 1, 1, 1, 1, -1, -1, -1, -1])
    expect(other).toEqual(current)
  })

  it('finds every alias of a host page, and follows a slot that is re-backed in place', () => {
    const { space, change } = spaceOf()
    const [one, two] = [slot(1, 0, 4, 100), slot(2, 4, 4, 102)]
    change(made(one), made(two))
    const backed = (first: number, last: number) => space.current.inHostPages(first, last).map(({ id }) => id)
    expect([backed(99, 101), backed(103, 103), backed(106, 200)]).toEqual([[1], [1, 2], []])
    change({ old: two, next: { ...two, hva: 500 } })
    expect([backed(103, 103), backed(503, 503), backed(504, 504)]).toEqual([[1], [2], []])
  })

  it('holds the same slots after its buffers were given room', () => {
    const { space, change } = spaceOf()
    change(made(slot(39, 0, 4, 100)))
    const before = [frames(space), space.current.inHostPages(100, 100)]
    space.makeRoom(40, slot => slot)()
    expect([frames(space), space.current.inHostPages(100, 100)]).toEqual(before)
    const { handle } = space
    for (let id = 0; id < 39; id++) change(made(slot(id, 4 + id, 1, id)))
    expect(space.handle).toEqual(handle)
    expect(frames(AddressSpace.attach(Machine.create(limitsOf({})).control, 0, space.handle))).toEqual(
      frames(space),
    )
  })
})

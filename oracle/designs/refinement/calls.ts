import { as, byBase, without, withSlot } from '../../../spec/designs/calls.js'
import type { Update } from '../../../spec/designs/design.js'
import { type StepSlot, sameSlot } from '../../../spec/terms/steps/slots.js'

/** A call as the sets that it publishes, in order; each appears in one step. */
export type AtomicCall = readonly (readonly StepSlot[])[]

/** The update as one batch, which publishes one set. */
export const asOneBatch = ({ after }: Update): readonly AtomicCall[] => [[byBase(after)]]

const isMove = (old: StepSlot, now: StepSlot): boolean =>
  old.base !== now.base && sameSlot({ ...old, base: now.base }, now)
const isLogChange = (old: StepSlot, now: StepSlot): boolean =>
  old.log >= 0 !== now.log >= 0 && sameSlot({ ...old, log: now.log }, now)

/**
 * The update as Linux's calls: a slot is deleted or moved in two steps, INVALID in between; created or re-flagged in
 * one.
 */
export const asLinuxCalls = ({ before, after }: Update): readonly AtomicCall[] => {
  const byId = (a: StepSlot, b: StepSlot) => a.id - b.id
  const gone = before.filter(old => !after.some(now => sameSlot(old, now))).toSorted(byId)
  const come = after.filter(now => !before.some(old => sameSlot(old, now))).toSorted(byId)
  const [old, now] = [gone[0], come[0]]
  if (gone.length === 1 && come.length === 1 && old !== undefined && old.id === now?.id) {
    if (isMove(old, now)) return [[as(before, [old.id], 'invalid'), withSlot(before, now)]]
    if (isLogChange(old, now)) return [[withSlot(before, now)]]
  }
  let slots = before
  const deleted = gone.map(({ id }): AtomicCall => {
    const invalid = as(slots, [id], 'invalid')
    slots = without(slots, id)
    return [invalid, slots]
  })
  const created = come.map((slot): AtomicCall => {
    slots = withSlot(slots, slot)
    return [slots]
  })
  return [...deleted, ...created]
}

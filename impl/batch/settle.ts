import { DirtyBitmap } from '../dirty-bitmap.js'
import type { Machine } from '../machine.js'
import { type Shape, type Slot, samePlace } from '../slot.js'
import type { SlotChange } from '../slot-set.js'
import type { Intent } from './intent.js'
import type { Carry, LogPlan } from './sources.js'

/**
 * Makes the slots of the new set with their logs carried over. In one thread carrying at publication and settling
 * after the drain are one step: nothing can mark a page in between.
 *
 * @param generation that of the set to be published
 */
export function newSlots(
  machine: Machine,
  intents: readonly Intent[],
  plan: LogPlan,
  generation: number,
): SlotChange[] {
  return intents.map(({ id, old, wanted }) => {
    if (!wanted) return { old, next: undefined }
    const bitmap = machine.keepsBitmap(wanted) ? carriedLog(machine, wanted, plan.carries.get(id)!) : null
    const since = old && samePlace(old, wanted) ? old.since : generation
    return { old, next: { ...wanted, bitmap, since } satisfies Slot }
  })
}

/** A page starts clear, or set if it has no source and fresh logs are all set; then every source's bit is ORed in. */
function carriedLog(machine: Machine, wanted: Shape, carries: readonly Carry[]): DirtyBitmap {
  const [first] = carries
  if (first && carries.length === 1 && isWhole(first, wanted)) return first.old.bitmap!
  const bitmap = new DirtyBitmap(wanted.npages)
  if (machine.startsAllSet) {
    bitmap.fill(0, wanted.npages, true)
    for (const { to, count } of carries) bitmap.fill(to, count, false)
  }
  for (const { old, from, to, count } of carries) bitmap.merge(old.bitmap!, from, to, count)
  return bitmap
}

/**
 * Whether a slot just goes on with its own log, which it may then keep. Only one of its own id may: a slot whose pages
 * move away can be the source of another slot too, and the two must not share marks.
 */
function isWhole(carry: Carry, wanted: Shape): boolean {
  return carry.old.id === wanted.id && carry.count === wanted.npages && carry.count === carry.old.npages
}

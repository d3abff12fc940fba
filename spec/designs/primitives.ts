import { semantics, thread } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import { type StepSlot, sameSlots } from '../terms/steps/slots.js'
import { batchSteps } from './batch.js'
import { byBase, mayFail, without, withSlot } from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'
import { finalSlots } from './rfc.js'

/** A call of this design: its name, and the set it makes of another. */
interface Primitive {
  readonly name: string
  readonly slots: readonly StepSlot[]
}

const part = (slot: StepSlot, from: number, to: number, id: number): StepSlot => ({
  ...slot,
  id,
  base: slot.base + from,
  npages: to - from,
  hva: slot.hva + from,
})

const splits = (slots: readonly StepSlot[], slot: StepSlot, ids: readonly number[]): readonly Primitive[] =>
  Array.from({ length: slot.npages - 1 }, (_, i) => i + 1).flatMap(at =>
    ids
      .filter(id => !slots.some(s => s.id === id))
      .map(id => ({
        name: `split ${slot.id} ${at} ${id}`,
        slots: byBase([
          ...without(slots, slot.id),
          part(slot, 0, at, slot.id),
          part(slot, at, slot.npages, id),
        ]),
      })),
  )

const merges = (slots: readonly StepSlot[], a: StepSlot): readonly Primitive[] =>
  slots
    .filter(
      b =>
        b.base === a.base + a.npages &&
        b.hva === a.hva + a.npages &&
        b.ro === a.ro &&
        b.log >= 0 === a.log >= 0,
    )
    .map(b => ({
      name: `merge ${a.id} ${b.id}`,
      slots: withSlot(without(slots, b.id), { ...a, npages: a.npages + b.npages }),
    }))

const resizes = (slots: readonly StepSlot[], slot: StepSlot, frames: number): readonly Primitive[] => [
  ...Array.from({ length: slot.npages - 1 }, (_, i) => ({
    name: `truncate ${slot.id} ${i + 1}`,
    slots: withSlot(slots, { ...slot, npages: i + 1 }),
  })),
  ...Array.from({ length: frames - slot.base - slot.npages }, (_, i) => slot.npages + i + 1)
    .filter(
      npages => !slots.some(s => s.id !== slot.id && s.base >= slot.base && s.base < slot.base + npages),
    )
    .map(npages => ({ name: `grow ${slot.id} ${npages}`, slots: withSlot(slots, { ...slot, npages }) })),
]

/** Every call that may follow on a set: split, merge, truncate, grow, and the toggle of RO. */
const calls = (slots: readonly StepSlot[], ids: readonly number[], frames: number): readonly Primitive[] =>
  slots
    .flatMap(slot => [
      ...splits(slots, slot, ids),
      ...merges(slots, slot),
      ...resizes(slots, slot, frames),
      { name: `toggle-ro ${slot.id}`, slots: withSlot(slots, { ...slot, ro: !slot.ro }) },
    ])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** The most calls a plan may have. */
const MAX_CALLS = 3

/** The shortest sequence of calls from a set to another, ties by name; null where there is none. */
const shortest = ({ before, after, frames }: Update): readonly (readonly StepSlot[])[] | null => {
  const ids = [...new Set([...before, ...after].map(s => s.id))]
  const queue: (readonly (readonly StepSlot[])[])[] = [[before]]
  const seen: (readonly StepSlot[])[] = [before]
  for (const path of queue) {
    const at = path.at(-1) ?? before
    if (sameSlots(at, after)) return path.slice(1)
    if (path.length > MAX_CALLS) continue
    for (const { slots } of calls(at, ids, frames)) {
      if (seen.some(s => sameSlots(s, slots))) continue
      seen.push(slots)
      queue.push([...path, slots])
    }
  }
  return null
}

const plan = (update: Update): Plan | null => {
  const path = shortest(update)
  if (path === null) return null
  let before = update.before
  let nextLog = update.nextLog
  const steps: Micro[] = []
  for (const slots of path) {
    const named = finalSlots({ ...update, before, after: slots, nextLog })
    steps.push(mayFail, ...batchSteps(before, named.slots, update.frames))
    before = named.slots
    nextLog = named.logs
  }
  return { script: [{ kind: 'fail' }, ...steps], start: 1, logs: nextLog, after: before }
}

export const primitives: Design = {
  id: 'primitives',
  says: 'separate split, merge, truncate, grow and read-only-toggle calls, each atomic, its log carried',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Sean 2022-09-29')],
  behaviour: linuxBehaviour,
  plan,
}

import { semantics, thread } from '../rules/cite.js'
import type { StepSlot } from '../terms/steps/slots.js'
import {
  andThen,
  as,
  byBase,
  type Calls,
  createCall,
  deleteCall,
  differing,
  drain,
  framesOf,
  getLogCall,
  mayFail,
  noCalls,
  planOf,
  publish,
  replay,
  returns,
  revoke,
  withFreshLog,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

const disable = (calls: Calls, slot: StepSlot): Calls => {
  const slots = as(calls.slots, [slot.id], 'disabled')
  const steps = [mayFail, publish(slots), drain, revoke(framesOf(slot)), replay(slots), returns]
  return andThen(calls, `disable ${slot.id}`, steps, slots)
}

const enable = (calls: Calls, slot: StepSlot): Calls => {
  const slots = as(calls.slots, [slot.id], 'live')
  return andThen(calls, `enable ${slot.id}`, [mayFail, publish(slots), drain, replay(slots), returns], slots)
}

/** What the change goes through: slots it leaves alone, what is left of disabled ones, and new ones, disabled too. */
interface Parts {
  readonly kept: readonly StepSlot[]
  readonly left: readonly StepSlot[]
  readonly come: readonly StepSlot[]
}
const together = ({ kept, left, come }: Parts): readonly StepSlot[] => byBase([...kept, ...left, ...come])

/** What is left of a disabled slot where another has taken its place: the pages before it, and those after. */
const cut = (slot: StepSlot, by: StepSlot): readonly StepSlot[] => {
  const [end, byEnd] = [slot.base + slot.npages, by.base + by.npages]
  if (by.base >= end || byEnd <= slot.base) return [slot]
  const after = Math.max(byEnd - slot.base, 0)
  return [
    ...(by.base > slot.base ? [{ ...slot, npages: by.base - slot.base }] : []),
    ...(byEnd < end ? [{ ...slot, base: byEnd, npages: end - byEnd, hva: slot.hva + after }] : []),
  ]
}

/** The bitmaps that no slot has any more. */
const freed = (before: readonly StepSlot[], after: readonly StepSlot[]) =>
  [...new Set(before.map(s => s.log))]
    .filter(log => log >= 0 && !after.some(s => s.log === log))
    .map(log => ({ kind: 'free', log }) as const)

const step = (calls: Calls, name: string, was: Parts, now: Parts, nextLog = calls.nextLog): Calls => {
  const slots = together(now)
  const steps = [mayFail, publish(slots), drain, replay(slots), ...freed(was.left, now.left), returns]
  return andThen(calls, name, steps, slots, nextLog)
}

/**
 * Disables every slot that is absent or different, fetches their logs, sets each new slot, which replaces in one
 * publication what it overlaps of disabled ones, deletes what is left of those, and enables.
 */
const plan = (update: Update): Plan => {
  const { gone, come } = differing(update)
  const fetched = gone.reduce(getLogCall, gone.reduce(disable, noCalls(update)))
  let calls = fetched
  let parts: Parts = {
    kept: fetched.slots.filter(s => s.state === 'live'),
    left: fetched.slots.filter(s => s.state === 'disabled'),
    come: [],
  }
  const then = (name: string, next: Parts, nextLog?: number): void => {
    calls = step(calls, name, parts, next, nextLog)
    parts = next
  }
  for (const wanted of come) {
    const [slot, nextLog] = withFreshLog({ ...wanted, state: 'disabled' }, calls.nextLog)
    const left = parts.left.flatMap(s => cut(s, slot))
    then(`set ${slot.id}`, { ...parts, left, come: [...parts.come, slot] }, nextLog)
  }
  for (const { id } of gone)
    if (parts.left.some(s => s.id === id))
      then(`delete ${id}`, { ...parts, left: parts.left.filter(s => s.id !== id) })
  return planOf(come.reduce(enable, calls))
}

/** No slot may take the place of a disabled one: it is deleted first, and there is a hole between. */
const withoutReplacement = (update: Update): Plan => {
  const { gone, come } = differing(update)
  const fetched = gone.reduce(getLogCall, gone.reduce(disable, noCalls(update)))
  const deleted = gone.reduce((calls, slot) => deleteCall(calls, slot, update.frames), fetched)
  const created = come.reduce((calls, slot) => createCall(calls, { ...slot, state: 'disabled' }), deleted)
  return planOf(come.reduce(enable, created))
}

export const disabledSlot: Design = {
  id: 'disabled-slot',
  says: 'KVM_MEM_DISABLED: accesses exit with a reason of their own and are retried; new slots replace disabled ones, after the log was fetched',
  cites: [
    semantics('4. The designs of the thread, side by side'),
    semantics('Plans'),
    thread('Sean 2022-09-28'),
    thread('Paolo 2022-09-29'),
  ],
  behaviour: linuxBehaviour,
  plan,
}

/** The weaker reading: the flag alone. */
export const disabledWithoutReplacement: Design = {
  ...disabledSlot,
  id: 'disabled-slot, no-replacement',
  says: 'the flag alone: a disabled slot is deleted before another takes its place',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Sean 2022-09-28')],
  plan: withoutReplacement,
}

/** An access that the kernel makes for itself cannot exit to userspace. */
export const disabledInKernel: Design = {
  ...disabledSlot,
  id: 'disabled-slot, in-kernel',
  says: 'as disabled-slot, beside accesses that the kernel makes for itself: to those a disabled slot is an error',
  kernel: 'defers',
}

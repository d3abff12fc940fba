import type { Micro } from '../terms/steps/script.js'
import { type StepSlot, sameSlots } from '../terms/steps/slots.js'
import type { Design, Plan, Update } from './design.js'

const bare = (slots: readonly StepSlot[]): readonly StepSlot[] => slots.map(slot => ({ ...slot, log: -1 }))

/** An update without its logs, which decide nothing about waiting; null where it changes nothing else. */
export const unlogged = ({ before, after, frames }: Update): Update | null =>
  sameSlots(bare(before), bare(after))
    ? null
    : { before: bare(before), after: bare(after), frames, nextLog: 0 }

const shifted = (micro: Micro, by: number): Micro =>
  micro.kind === 'may-fail' || micro.kind === 'goto' ? { ...micro, to: micro.to + by } : micro

/** One plan, then the other, then the first again, without end; a failure of either ends it. */
const inTurns = (there: Plan, back: Plan): Plan => {
  const begins = there.script.length + 1
  return {
    ...there,
    script: [
      ...there.script,
      { kind: 'goto', to: begins + back.start },
      ...back.script.map(micro => shifted(micro, begins)),
      { kind: 'goto', to: there.start },
    ],
  }
}

/** A design whose updates, there and back again, follow each other for ever. For updates without logs. */
export const repeated = (design: Design): Design => ({
  ...design,
  plan: update => {
    const there = design.plan(update)
    const back =
      there === null
        ? null
        : design.plan({ ...update, before: there.after, after: update.before, nextLog: 0 })
    return there === null || back === null ? null : inTurns(there, back)
  },
})

import type { Design, Plan, Update } from '../../../spec/designs/design.js'
import type { Micro } from '../../../spec/terms/steps/script.js'

type Doing = Micro['kind']
type Of<K extends Doing> = Extract<Micro, { kind: K }>

/** A design with every plan changed. */
const replanned =
  (change: (plan: Plan, update: Update) => Plan) =>
  (design: Design): Design => ({
    ...design,
    plan: update => {
      const plan = design.plan(update)
      return plan === null ? null : change(plan, update)
    },
  })

const places = (script: readonly Micro[], kind: Doing): readonly number[] =>
  script.flatMap((micro, i) => (micro.kind === kind ? [i] : []))

/** Which of the steps of one kind: each, or the n-th; a negative n counts from the end. */
type Which = number | 'each'

const chosen = (script: readonly Micro[], kind: Doing, which: Which): readonly number[] => {
  const all = places(script, kind)
  return which === 'each' ? all : all.slice(which).slice(0, 1)
}

/** Leaves out steps of one kind. A `goto` takes their place, so that jumps lead where they led. */
export const without = (kind: Doing, which: Which = 'each') =>
  replanned(plan => {
    const gone = chosen(plan.script, kind, which)
    return {
      ...plan,
      script: plan.script.map((micro, i) => (gone.includes(i) ? { kind: 'goto', to: i + 1 } : micro)),
    }
  })

/** Changes steps of one kind. */
export const otherwise = <K extends Doing>(
  kind: K,
  which: Which,
  change: (micro: Of<K>, update: Update, plan: Plan) => Micro,
) =>
  replanned((plan, update) => {
    const changed = chosen(plan.script, kind, which)
    return {
      ...plan,
      script: plan.script.map((micro, i) =>
        changed.includes(i) ? change(micro as Of<K>, update, plan) : micro,
      ),
    }
  })

const moved = (micro: Micro, from: number): Micro =>
  micro.kind === 'goto' || micro.kind === 'may-fail'
    ? { ...micro, to: micro.to >= from ? micro.to + 1 : micro.to }
    : micro

const inserted = (plan: Plan, at: number, micro: Micro): Plan => ({
  ...plan,
  script: [
    ...plan.script.slice(0, at).map(m => moved(m, at)),
    micro,
    ...plan.script.slice(at).map(m => moved(m, at)),
  ],
  start: plan.start >= at ? plan.start + 1 : plan.start,
})

/** One more step before or after the n-th of a kind, counted from the start of the script. */
export const extra = (
  where: 'before' | 'after',
  kind: Doing,
  nth: number,
  micro: (update: Update, plan: Plan) => Micro,
) =>
  replanned((plan, update) => {
    const at = places(plan.script, kind)
      .filter(i => i >= plan.start)
      .at(nth)
    return at === undefined ? plan : inserted(plan, where === 'before' ? at : at + 1, micro(update, plan))
  })

/** Swaps the first step of one kind with the first of another. */
export const swapped = (one: Doing, other: Doing) =>
  replanned(plan => {
    const [a, b] = [places(plan.script, one)[0], places(plan.script, other)[0]]
    if (a === undefined || b === undefined) return plan
    const { script } = plan
    return { ...plan, script: script.with(a, script[b] as Micro).with(b, script[a] as Micro) } // both are places in it
  })

/** Several changes, in order. */
export const all =
  (...changes: readonly ((design: Design) => Design)[]) =>
  (design: Design): Design =>
    changes.reduce((changed, change) => change(changed), design)

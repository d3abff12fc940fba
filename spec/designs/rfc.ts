import { semantics, thread } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import type { StepSlot } from '../terms/steps/slots.js'
import {
  allFrames,
  as,
  byBase,
  differing,
  drain,
  FAIL,
  framesOf,
  free,
  mayFail,
  publish,
  replay,
  returns,
  revoke,
  withFreshLog,
  without,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

/** The final set with a bitmap of its own for every slot that is new; slots that stay keep theirs. */
export const finalSlots = ({
  before,
  after,
  nextLog,
}: Update): { readonly slots: readonly StepSlot[]; readonly logs: number } => {
  let next = nextLog
  const slots = after.map(slot => {
    const stays = before.find(
      old =>
        old.id === slot.id &&
        old.base === slot.base &&
        old.npages === slot.npages &&
        old.hva === slot.hva &&
        old.ro === slot.ro &&
        old.log >= 0 === slot.log >= 0,
    )
    if (stays !== undefined) return stays
    const [fresh, following] = withFreshLog(slot, next)
    next = following
    return fresh
  })
  return { slots: byBase(slots), logs: next }
}

const listPlan =
  (defects: boolean) =>
  (update: Update): Plan => {
    const { gone, come } = differing(update)
    const { slots, logs } = finalSlots(update)
    const allocation: Micro = defects ? { kind: 'may-corrupt' } : mayFail
    const steps: Micro[] = []
    const invalid: number[] = []
    // First pass: one swap for each removal, in the order of the list.
    for (const slot of gone) {
      invalid.push(slot.id)
      const set = as(update.before, invalid, 'invalid')
      steps.push(allocation, publish(set), drain, revoke(framesOf(slot)), replay(set))
    }
    // Second pass: the lock is taken and dropped for each entry, and a failure leaves everything as it stands.
    // The set that is not published has been edited by then, and stays so.
    let edited = as(update.before, invalid, 'invalid')
    for (const slot of gone) {
      edited = without(edited, slot.id)
      steps.push(mayFail, replay(edited))
    }
    for (const { id } of come) {
      edited = byBase([...edited, ...slots.filter(s => s.id === id)])
      steps.push(mayFail, replay(edited))
    }
    // Third pass: one swap for the space.
    steps.push(publish(slots), drain, replay(slots), ...gone.flatMap(free), returns)
    return { script: [{ kind: 'fail' }, ...steps], start: 1, logs, after: slots }
  }

export const rfcList: Design = {
  id: 'rfc-list',
  says: 'REGION_LIST as posted: three passes, a swap for each removal, no rollback',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Esposito 2022-09-09')],
  behaviour: linuxBehaviour,
  plan: listPlan(true),
}
/** The same without the defects that corrupt kernel state. */
export const rfcListWithoutDefects: Design = {
  ...rfcList,
  id: 'rfc-list, defects off',
  plan: listPlan(false),
}

const singleSwap = (update: Update): Plan => {
  const { gone } = differing(update)
  const { slots, logs } = finalSlots(update)
  const set = as(
    update.before,
    gone.map(slot => slot.id),
    'invalid',
  )
  const abort: readonly Micro[] = [
    publish(update.before),
    drain,
    replay(update.before),
    { kind: 'goto', to: FAIL },
  ]
  const script: readonly Micro[] = [
    { kind: 'fail' },
    ...abort,
    mayFail,
    ...(gone.length > 0 ? [publish(set), drain, revoke(allFrames(update.frames))] : []),
    { kind: 'may-fail', to: gone.length > 0 ? 1 : FAIL },
    publish(slots),
    drain,
    replay(slots),
    ...gone.flatMap(free),
    returns,
  ]
  return { script, start: 1 + abort.length, logs, after: slots }
}

export const rfcSingleSwap: Design = {
  id: 'rfc-single-swap',
  says: 'the restructuring asked for in review: all INVALID copies first, prepare with abort, one swap',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Paolo 2022-09-28, on patch 9')],
  behaviour: linuxBehaviour,
  plan: singleSwap,
}

const replaceEverything = (update: Update): Plan => {
  const { slots, logs } = finalSlots(update)
  const set = as(
    update.before,
    update.before.map(slot => slot.id),
    'invalid',
  )
  const gone = update.before.filter(old => !slots.includes(old))
  const steps: readonly Micro[] = [
    mayFail,
    publish(set),
    drain,
    revoke(allFrames(update.frames)),
    publish(slots),
    drain,
    replay(slots),
    ...gone.flatMap(free),
    returns,
  ]
  return { script: [{ kind: 'fail' }, ...steps], start: 1, logs, after: slots }
}

export const replaceAllDesign: Design = {
  id: 'replace-all',
  says: 'the whole set of a space given at once',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Sean 2022-09-28')],
  behaviour: linuxBehaviour,
  plan: replaceEverything,
}

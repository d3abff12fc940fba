import { semantics, thread } from '../rules/cite.js'
import type { StepSlot } from '../terms/steps/slots.js'
import {
  andThen,
  as,
  type Calls,
  createCall,
  deleteCall,
  differing,
  drain,
  framesOf,
  mayFail,
  noCalls,
  oneCall,
  planOf,
  publish,
  replay,
  returns,
  revoke,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

const disable = (calls: Calls, slot: StepSlot): Calls => {
  const slots = as(calls.slots, [slot.id], 'disabled')
  return andThen(
    calls,
    [mayFail, publish(slots), drain, revoke(framesOf(slot)), replay(slots), returns],
    slots,
  )
}

const enable = (calls: Calls, slot: StepSlot): Calls => {
  const slots = as(calls.slots, [slot.id], 'live')
  return andThen(calls, [mayFail, publish(slots), drain, replay(slots), returns], slots)
}

const plan = (update: Update): Plan => {
  const { gone, come } = differing(update)
  const disabled = gone.reduce(disable, noCalls(update))
  const ids = come.map(slot => slot.id)
  const single = oneCall({ ...update, before: disabled.slots, after: as(update.after, ids, 'disabled') })
  if (single !== null) return planOf(come.reduce(enable, single(disabled)))
  const deleted = gone.reduce((calls, slot) => deleteCall(calls, slot, update.frames), disabled)
  const created = come.reduce((calls, slot) => createCall(calls, { ...slot, state: 'disabled' }), deleted)
  return planOf(come.reduce(enable, created))
}

export const disabledSlot: Design = {
  id: 'disabled-slot',
  says: 'KVM_MEM_DISABLED: accesses exit with a reason of their own and are retried; the bitmap goes with the slot',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Sean 2022-09-28')],
  behaviour: linuxBehaviour,
  plan,
}

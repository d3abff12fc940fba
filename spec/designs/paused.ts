import type { Micro } from '../terms/steps/script.js'
import { andThen, createCall, deleteCall, differing, noCalls, planOf, returns } from './calls.js'
import { type Design, linuxManners, type Plan, type Update } from './design.js'

const overlap = ({ before, after }: Update): boolean => {
  const { gone, come } = differing({ before, after, frames: 0, nextLog: 0 })
  return gone.some(a => come.some(b => a.base < b.base + b.npages && b.base < a.base + a.npages))
}

const plan = (update: Update): Plan => {
  const { gone, come } = differing(update)
  const kept = overlap(update)
  const start = kept ? andThen(noCalls(update), [{ do: 'pause' }], update.before) : noCalls(update)
  const deleted = gone.reduce((calls, slot) => deleteCall(calls, slot, update.frames), start)
  const created = come.reduce(createCall, deleted)
  if (!kept) return planOf(created)
  // A failure lets the vCPUs in again before it is reported.
  const { steps, ...rest } = andThen(created, [{ do: 'resume' }, returns], created.slots)
  const whole = planOf({ ...rest, steps })
  const script: readonly Micro[] = [
    { do: 'fail' },
    { do: 'resume' },
    { do: 'goto', to: 0 },
    ...whole.script.slice(1).map(m => (m.do === 'may-fail' ? { ...m, to: 1 } : m)),
  ]
  return { ...whole, script, start: 3 }
}

export const paused: Design = {
  id: 'paused',
  says: 'QEMU 8: vCPUs are kept out of KVM_RUN while a removed range overlaps an added one; all deletes, then all adds',
  manners: linuxManners,
  plan,
}

import { semantics } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import { sameSlot } from '../terms/steps/slots.js'
import {
  andThen,
  type Calls,
  createCall,
  deleteCall,
  differing,
  FAIL,
  noCalls,
  oneCall,
  planOf,
  returns,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

const overlap = ({ before, after }: Update): boolean => {
  const { gone, come } = differing({ before, after, frames: 0, nextLog: 0 })
  const [old, now] = [gone[0], come[0]]
  // A change of LOG, which is one call, removes no range.
  if (gone.length === 1 && come.length === 1 && old !== undefined && now !== undefined)
    if (sameSlot(old, { ...now, log: old.log })) return false
  return gone.some(a => come.some(b => a.base < b.base + b.npages && b.base < a.base + a.npages))
}

/** All deletes, then all adds; a pure move or a change of LOG is one call. */
const calls = (update: Update, start: Calls): Calls => {
  const single = oneCall(update)
  if (single !== null) return single(start)
  const { gone, come } = differing(update)
  const deleted = gone.reduce((done, slot) => deleteCall(done, slot, update.frames), start)
  return come.reduce(createCall, deleted)
}

/** The script two places further on, so that a failure that would end it lets vCPUs in again first. */
const lettingIn = ({ script, start, ...rest }: Plan): Plan => {
  const shifted = script
    .slice(1)
    .map(m => (m.kind === 'may-fail' || m.kind === 'goto' ? { ...m, to: m.to === FAIL ? 1 : m.to + 2 } : m))
  const prelude: readonly Micro[] = [{ kind: 'fail' }, { kind: 'resume' }, { kind: 'goto', to: FAIL }]
  return { ...rest, script: [...prelude, ...shifted], start: start + 2 }
}

const planWhere =
  (pauses: (update: Update) => boolean) =>
  (update: Update): Plan => {
    if (!pauses(update)) return planOf(calls(update, noCalls(update)))
    const inside = calls(update, andThen(noCalls(update), [{ kind: 'pause' }], update.before))
    return lettingIn(planOf({ ...inside, ...andThen(inside, [{ kind: 'resume' }, returns], inside.slots) }))
  }

export const paused: Design = {
  id: 'paused',
  says: 'QEMU 8: vCPUs are kept out of KVM_RUN while a removed range overlaps an added one; all deletes, then all adds',
  cites: [semantics('4. The designs of the thread, side by side')],
  behaviour: linuxBehaviour,
  plan: planWhere(overlap),
}

/** The variant that keeps vCPUs out during every update. */
export const pausedAlways: Design = {
  ...paused,
  id: 'paused, always',
  says: 'vCPUs are kept out of KVM_RUN during every update; all deletes, then all adds',
  cites: [semantics('4. The designs of the thread, side by side')],
  plan: planWhere(() => true),
}

import { semantics, thread } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import { sameSlot } from '../terms/steps/slots.js'
import {
  andThen,
  type Calls,
  createCall,
  deleteCall,
  differing,
  FAIL,
  getLogCall,
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

/**
 * All deletes, each after the log of a logged slot has been fetched, then all adds; a pure move or a change of LOG is one
 * call, and one that ends logging comes after a fetch as well.
 */
const calls = (update: Update, start: Calls): Calls => {
  const { gone, come } = differing(update)
  const single = oneCall(update)
  const [old, now] = [gone[0], come[0]]
  if (single !== null && old !== undefined && now !== undefined)
    return single(now.log < 0 ? getLogCall(start, old) : start)
  const deleted = gone.reduce((done, slot) => deleteCall(getLogCall(done, slot), slot, update.frames), start)
  return come.reduce(createCall, deleted)
}

/** A failure that would end the update ends the VMM. */
const aborting = (plan: Plan): Plan => ({ ...plan, script: plan.script.with(FAIL, { kind: 'abort' }) })
/** A failure that would end the update lets vCPUs in again first: two steps more, before the others. */
const lettingIn = ({ script, start, ...rest }: Plan): Plan => {
  const shifted = script
    .slice(1)
    .map(m => (m.kind === 'may-fail' || m.kind === 'goto' ? { ...m, to: m.to === FAIL ? 1 : m.to + 2 } : m))
  const prelude: readonly Micro[] = [{ kind: 'fail' }, { kind: 'resume' }, { kind: 'goto', to: FAIL }]
  return { ...rest, script: [...prelude, ...shifted], start: start + 2 }
}

const planWhere =
  (pauses: (update: Update) => boolean, resumes: boolean) =>
  (update: Update): Plan => {
    const keepsOut = pauses(update)
    const start = noCalls(update)
    const made = keepsOut
      ? calls(update, andThen(start, 'pause', [{ kind: 'pause' }], update.before))
      : calls(update, start)
    const whole = planOf(
      keepsOut ? { ...made, ...andThen(made, 'resume', [{ kind: 'resume' }, returns], made.slots) } : made,
    )
    return resumes ? (keepsOut ? lettingIn(whole) : whole) : aborting(whole)
  }

const CITES = [
  semantics('4. The designs of the thread, side by side'),
  semantics('Plans'),
  thread('David 2023-01-10'),
] as const

export const paused: Design = {
  id: 'paused',
  says: 'QEMU 8: vCPUs are kept out of KVM_RUN while a removed range overlaps an added one; all deletes, each after its log was fetched, then all adds; a failed call ends the VMM',
  cites: CITES,
  behaviour: linuxBehaviour,
  plan: planWhere(overlap, false),
}

/** The variant that keeps vCPUs out during every update. */
export const pausedAlways: Design = {
  ...paused,
  id: 'paused, always',
  says: 'as paused, but vCPUs are kept out of KVM_RUN during every update',
  plan: planWhere(() => true, false),
}

/** The weaker reading: a VMM that goes on after a failed call, with the set as it stands. */
export const pausedResumes: Design = {
  ...paused,
  id: 'paused, resumes',
  says: 'as paused, but after a failed call vCPUs go on with the set as it stands',
  plan: planWhere(overlap, true),
}

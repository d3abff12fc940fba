import { semantics, thread } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import {
  andThen,
  type Calls,
  createCall,
  deleteCall,
  differing,
  FAIL,
  getLogCall,
  logCall,
  noCalls,
  oneCall,
  planOf,
  returns,
  withoutRelogged,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

const overlap = ({ before, after }: Update): boolean => {
  // A change of LOG, which is one call, removes no range.
  const { gone, come } = withoutRelogged({ before, after, frames: 0, nextLog: 0 }).others
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
  const { relogged, others } = withoutRelogged(update)
  const deleted = others.gone.reduce(
    (done, slot) => deleteCall(getLogCall(done, slot), slot, update.frames),
    start,
  )
  const created = others.come.reduce(createCall, deleted)
  return relogged.reduce(
    (done, change) =>
      logCall(change.now.log < 0 ? getLogCall(done, change.old) : done, change.old, change.now),
    created,
  )
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

/** Keeping vCPUs out of KVM_RUN keeps no other thread of the kernel out of guest memory. */
export const pausedInKernel: Design = {
  ...pausedAlways,
  id: 'paused, always, in-kernel',
  says: 'as paused, always, beside accesses that the kernel makes for itself, which nothing keeps out',
  kernel: 'defers',
}

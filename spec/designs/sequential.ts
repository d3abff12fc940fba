import { semantics, thread } from '../rules/cite.js'
import { createCall, deleteCall, logCall, noCalls, oneCall, planOf, withoutRelogged } from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

/**
 * Deletes of every slot that is absent or different, then creates, in ascending id, then changes of LOG alone, one call each; a
 * pure move that is all there is is one call.
 */
export const sequentialPlan = (update: Update): Plan => {
  const single = oneCall(update)
  if (single !== null) return planOf(single(noCalls(update)))
  const {
    relogged,
    others: { gone, come },
  } = withoutRelogged(update)
  const deleted = gone.reduce((calls, slot) => deleteCall(calls, slot, update.frames), noCalls(update))
  const created = come.reduce(createCall, deleted)
  return planOf(relogged.reduce((calls, { old, now }) => logCall(calls, old, now), created))
}

export const sequential: Design = {
  id: 'sequential',
  says: 'one ioctl per slot, as Linux does today',
  cites: [semantics('4. The designs of the thread, side by side')],
  behaviour: linuxBehaviour,
  plan: sequentialPlan,
}

export const fetchExit: Design = {
  id: 'fetch-exit',
  says: 'as today, but a failed fetch exits with its address; userspace retries while an update of its own is in progress, and reports a crash otherwise',
  cites: [
    semantics('4. The designs of the thread, side by side'),
    thread('Sean 2022-09-27'),
    thread('Sean 2022-09-28, on the address'),
  ],
  behaviour: { ...linuxBehaviour, fetchExit: 'during update' },
  plan: sequentialPlan,
}

/** The weaker reading: userspace cannot tell its own updates from a crash. */
export const fetchExitAlways: Design = {
  ...fetchExit,
  id: 'fetch-exit, always',
  says: 'a failed fetch exits with its address, and userspace always retries it',
  behaviour: { ...linuxBehaviour, fetchExit: 'always' },
}

export const markFirstSequential: Design = {
  ...sequential,
  id: 'sequential, mark-first',
  says: 'as today with write protection: a write is marked when it is given permission, and a harvest takes that back',
  cites: [semantics('Dirty logs')],
  behaviour: { ...linuxBehaviour, marks: 'first' },
}

export const bufferedSequential: Design = {
  ...sequential,
  id: 'sequential, buffered',
  says: 'as today with PML: the processor notes its writes, and their slots are resolved when the buffer is flushed',
  cites: [semantics('Dirty logs')],
  behaviour: { ...linuxBehaviour, marks: 'buffered' },
}

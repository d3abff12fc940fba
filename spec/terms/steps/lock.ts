import type { StepCells } from './cells.js'
import type { Micro } from './script.js'

/** Steps behind which the script does not go on with the same call. */
const LEAVES: ReadonlySet<Micro['kind']> = new Set(['return', 'fail', 'abort', 'goto'])

/**
 * Whether the update holds the lock that calls are serialised by: from the beginning of a call to its return, but not while it
 * waits for turns, nor before that, nor while userspace keeps vCPUs out between its calls.
 */
export const holdsLock = ({ updater: { at, pc }, world: { script, start } }: StepCells): boolean => {
  const micro = script[pc]
  if (micro?.kind === 'pause') return micro.locked === true
  if (at === 'idle' || pc === start || script[pc - 1]?.kind === 'return') return false
  const end = script.findIndex((next, i) => i >= pc && LEAVES.has(next.kind))
  return !script
    .slice(pc, end < 0 ? script.length : end)
    .some(next => next.kind === 'await-turns' && next.locked !== true)
}

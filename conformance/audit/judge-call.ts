import { effectsOf } from '../../oracle/index.js'
import type { Rule } from '../../spec/rewrite/index.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { LOG, RO } from '../../spec/terms/slot.js'
import { slotById } from '../../spec/terms/space.js'
import type { Environment } from './environment.js'
import { explained, judgedHere } from './explain.js'
import { adopt, spaceIn } from './machine.js'

/** A result that the specification allows, as it is seen: `success`, or the name of an error. */
interface Allowed {
  readonly result: string
  readonly rule: Rule<Cells>
  readonly next: Cells
}

/** Every result that profile `linux` allows of a memslot call, with the machine after it. */
const allowedBy = (cells: Cells, call: SetCall): readonly Allowed[] =>
  effectsOf(cells, call).map(({ result, rule, cells: next }) => ({
    result: result.is === 'error' ? result.errno : 'success',
    rule,
    next: { ...next, call: null, returned: null },
  }))

/** What a recording leaves open about a VM. */
export interface Unknowns {
  /** The VM may have had slots before the recording began. */
  readonly past: boolean
  /** A change of slots is not known: only a pointer was recorded, or the line could not be read. */
  readonly changes: boolean
}

/** The verdict on one call. */
export type Judgement =
  | { readonly kind: 'allowed'; readonly rule: Rule<Cells> }
  | { readonly kind: 'explained'; readonly by: string; readonly allowed: readonly string[] }
  | { readonly kind: 'not judged' }
  | { readonly kind: 'deviates'; readonly allowed: readonly string[] }

export interface Judged {
  readonly judgement: Judgement
  /** The machine to go on with: what was seen has happened. */
  readonly next: Cells
}

/** Whether slots from before the recording, or changes it does not hold, may be the reason. */
const mayBeUnrecorded = (cells: Cells, call: SetCall, seen: string, unknown: Unknowns): boolean => {
  if (unknown.changes) return true
  if (!unknown.past) return false
  const known = slotById(spaceIn(cells, call.as), call.id) !== null
  if (known) return seen === 'EEXIST'
  return call.size === 0n ? seen === 'success' : seen === 'EEXIST' || seen === 'EINVAL'
}

/** Puts a call and its recorded result to the specification. */
export const judgeCall = (
  cells: Cells,
  call: SetCall,
  seen: string,
  unknown: Unknowns,
  environment: Environment,
): Judged => {
  const answers = allowedBy(cells, call)
  const same = answers.find(answer => answer.result === seen)
  if (same !== undefined) return { judgement: { kind: 'allowed', rule: same.rule }, next: same.next }
  const allowed = [...new Set(answers.map(answer => answer.result))]
  const next = seen === 'success' ? adopt(cells, call) : cells
  const asked = { cells, call, seen, environment }
  const by = explained(asked)
  if (by !== null) return { judgement: { kind: 'explained', by, allowed }, next }
  if (!judgedHere(asked) || mayBeUnrecorded(cells, call, seen, unknown))
    return { judgement: { kind: 'not judged' }, next }
  return { judgement: { kind: 'deviates', allowed }, next }
}

/**
 * Whether this one line of a QEMU trace stands for two calls. Where a live slot's read-only flag changes, QEMU deletes
 * the slot first and writes only the call that creates it again (`kvm_set_user_memory_region`).
 */
export const hidesDelete = (cells: Cells, call: SetCall, seen: string): boolean => {
  if (seen !== 'success' || call.size === 0n) return false
  const slot = slotById(spaceIn(cells, call.as), call.id)
  return slot !== null && (call.flags & ~(LOG | RO)) === 0 && slot.ro !== ((call.flags & RO) !== 0)
}

export const deleteBefore = (call: SetCall): SetCall => ({ ...call, size: 0n as SetCall['size'] })

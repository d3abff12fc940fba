import type { Micro } from '../terms/steps/script.js'
import { plainSet, type StepSet, type StepSlot, sameSlot } from '../terms/steps/slots.js'
import type { Plan, Update } from './design.js'

/** The place in every script at which a failed update ends. */
export const FAIL = 0

/** Calls put together one after the other: the slots as they stand after them, and the bitmaps used so far. */
export interface Calls {
  readonly slots: readonly StepSlot[]
  readonly nextLog: number
  readonly steps: readonly Micro[]
  /** What has been called, in words. */
  readonly names: readonly string[]
  /** The steps of failures that have something to undo: they come first in the script, after the one that ends it. */
  readonly abort: readonly Micro[]
}

export const noCalls = ({ before, nextLog }: Update): Calls => ({
  slots: before,
  nextLog,
  steps: [],
  names: [],
  abort: [],
})

/** One more call: its name, its steps, and the slots as it leaves them. */
export const andThen = (
  calls: Calls,
  name: string,
  steps: readonly Micro[],
  slots: readonly StepSlot[],
  nextLog = calls.nextLog,
): Calls => ({
  slots,
  nextLog,
  steps: [...calls.steps, ...steps],
  names: [...calls.names, name],
  abort: calls.abort,
})

export const framesOf = (slot: StepSlot): readonly number[] =>
  Array.from({ length: slot.npages }, (_, i) => slot.base + i)
export const allFrames = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

export const byBase = (slots: readonly StepSlot[]): readonly StepSlot[] =>
  slots.toSorted((a, b) => a.base - b.base)
export const without = (slots: readonly StepSlot[], id: number): readonly StepSlot[] =>
  slots.filter(s => s.id !== id)
export const withSlot = (slots: readonly StepSlot[], slot: StepSlot): readonly StepSlot[] =>
  byBase([...without(slots, slot.id), slot])
export const as = (
  slots: readonly StepSlot[],
  ids: readonly number[],
  state: StepSlot['state'],
): readonly StepSlot[] => slots.map(s => (ids.includes(s.id) ? { ...s, state } : s))

export const mayFail: Micro = { kind: 'may-fail', to: FAIL }
export const returns: Micro = { kind: 'return' }
export const drain: Micro = { kind: 'drain', space: 0 }
export const publish = (set: StepSet | readonly StepSlot[]): Micro => ({
  kind: 'publish',
  space: 0,
  set: 'slots' in set ? set : plainSet(set),
})
export const replay = (slots: readonly StepSlot[]): Micro => ({
  kind: 'replay',
  space: 0,
  set: plainSet(slots),
})
export const revoke = (frames: readonly number[], writes = false): Micro => ({
  kind: 'revoke',
  space: 0,
  frames,
  writes,
})
export const free = (slot: StepSlot): readonly Micro[] =>
  slot.log >= 0 ? [{ kind: 'free', log: slot.log }] : []

/** A slot with a bitmap of its own where it is logged. */
export const withFreshLog = (slot: StepSlot, nextLog: number): readonly [StepSlot, number] =>
  slot.log >= 0 ? [{ ...slot, log: nextLog }, nextLog + 1] : [slot, nextLog]

/** Deletes a slot as Linux does: INVALID, revoked, gone; every cached translation of the space goes with it. */
export const deleteCall = (calls: Calls, slot: StepSlot, frames: number): Calls => {
  const gone = without(calls.slots, slot.id)
  const steps = [
    mayFail,
    publish(as(calls.slots, [slot.id], 'invalid')),
    drain,
    revoke(allFrames(frames)),
    publish(gone),
    drain,
    replay(gone),
    ...free(slot),
    returns,
  ]
  return andThen(calls, `delete ${slot.id}`, steps, gone)
}

/** Creates a slot: one swap, and a bitmap of its own. */
export const createCall = (calls: Calls, wanted: StepSlot): Calls => {
  const [slot, nextLog] = withFreshLog(wanted, calls.nextLog)
  const slots = withSlot(calls.slots, slot)
  const steps = [mayFail, publish(slots), drain, replay(slots), returns]
  return andThen(calls, `create ${slot.id}`, steps, slots, nextLog)
}

/**
 * Moves a slot as Linux does: INVALID, revoked, then at its new place, its bitmap kept. It may fail before that, and
 * once more while the slot is INVALID: then the old set is published again.
 */
export const moveCall = (calls: Calls, old: StepSlot, wanted: StepSlot, frames: number): Calls => {
  const moved = { ...wanted, log: wanted.log >= 0 ? old.log : -1 }
  const slots = withSlot(calls.slots, moved)
  const steps = [
    mayFail,
    publish(as(calls.slots, [old.id], 'invalid')),
    drain,
    revoke(allFrames(frames)),
    { kind: 'may-fail', to: FAIL + 1 + calls.abort.length } as const,
    publish(slots),
    drain,
    replay(slots),
    returns,
  ]
  const undo = [publish(calls.slots), drain, replay(calls.slots), { kind: 'goto', to: FAIL } as const]
  return { ...andThen(calls, `move ${old.id}`, steps, slots), abort: [...calls.abort, ...undo] }
}

/** Switches logging: one swap; on, permission to write is revoked before the return; off, the bitmap is freed. */
export const logCall = (calls: Calls, old: StepSlot, wanted: StepSlot): Calls => {
  const on = wanted.log >= 0
  const slot = on ? { ...wanted, log: calls.nextLog } : wanted
  const slots = withSlot(calls.slots, slot)
  const after: readonly Micro[] = on ? [revoke(framesOf(slot), true)] : free(old)
  return andThen(
    calls,
    `log-${on ? 'on' : 'off'} ${old.id}`,
    [mayFail, publish(slots), drain, ...after, replay(slots), returns],
    slots,
    calls.nextLog + (on ? 1 : 0),
  )
}

/** Fetches the log of a slot, where it has one. */
export const getLogCall = (calls: Calls, { id, log }: StepSlot): Calls =>
  log < 0 ? calls : andThen(calls, `get-log ${id}`, [{ kind: 'get-log', log }], calls.slots)

/** Slots of `before` that are absent or different in `after`, by id; and those of `after` that are absent or different before. */
export const differing = ({
  before,
  after,
}: Update): { readonly gone: readonly StepSlot[]; readonly come: readonly StepSlot[] } => {
  const stays = (slot: StepSlot, others: readonly StepSlot[]) => others.some(o => sameSlot(o, slot))
  const byId = (a: StepSlot, b: StepSlot) => a.id - b.id
  return {
    gone: before.filter(slot => !stays(slot, after)).toSorted(byId),
    come: after.filter(slot => !stays(slot, before)).toSorted(byId),
  }
}

/** A slot of which LOG alone changes: as it was, and as it is to be. */
interface Relogged {
  readonly old: StepSlot
  readonly now: StepSlot
}

/** What differs, in two parts: slots of which LOG alone changes, which Linux does by one call each, and all others. */
export const withoutRelogged = (
  update: Update,
): { readonly relogged: readonly Relogged[]; readonly others: ReturnType<typeof differing> } => {
  const { gone, come } = differing(update)
  const relogged = gone.flatMap(old => {
    const now = come.find(slot => sameSlot(old, { ...slot, log: old.log }))
    return now === undefined ? [] : [{ old, now }]
  })
  return {
    relogged,
    others: {
      gone: gone.filter(slot => !relogged.some(({ old }) => old === slot)),
      come: come.filter(slot => !relogged.some(({ now }) => now === slot)),
    },
  }
}

/** A change of one slot that Linux makes in one call: a pure move, or a change of LOG. */
export const oneCall = (update: Update): ((calls: Calls) => Calls) | null => {
  const { gone, come } = differing(update)
  const [old, now] = [gone[0], come[0]]
  if (gone.length !== 1 || come.length !== 1 || old === undefined || now === undefined || old.id !== now.id)
    return null
  if (old.hva !== now.hva || old.npages !== now.npages || old.ro !== now.ro) return null
  const logged = old.log >= 0
  if (old.base !== now.base)
    return logged === now.log >= 0 ? calls => moveCall(calls, old, now, update.frames) : null
  return logged === now.log >= 0 ? null : calls => logCall(calls, old, now)
}

/** A plan whose script is the calls, where a failure ends at once, or after undoing what it has to. */
export const planOf = ({ steps, names, abort, nextLog, slots }: Calls): Plan => ({
  script: [{ kind: 'fail' }, ...abort, ...steps],
  start: 1 + abort.length,
  logs: nextLog,
  calls: names,
  after: slots,
})

import { built, semantics } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import type { Held, StepSlot } from '../terms/steps/slots.js'
import { frameClass, settling } from './batch.js'
import { allFrames, differing, drain, framesOf, mayFail, publish, replay, returns } from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'
import { finalSlots } from './rfc.js'

/*
 * Two designs that the thread never had: no slot is made INVALID, and there is one swap. A real kernel was built with each.
 */

const zap = (frames: readonly number[], writes = false): Micro => ({
  kind: 'revoke',
  space: 0,
  frames,
  writes,
  zap: true,
})
const hold = (held: Held | null): Micro => ({ kind: 'hold', held })

/** The frames of slots that go or change: mappings are zapped slot by slot. */
const zapped = (update: Update): readonly number[] =>
  [...new Set(differing(update).gone.flatMap(framesOf))].toSorted((a, b) => a - b)

/** The frames whose writes have not been logged and are from now on. */
const logged = ({ before, after, frames }: Update): readonly number[] =>
  allFrames(frames).filter(frame => frameClass(before, after, frame) === 'logged')

/** A zap of no frames is none. */
const isOfFrames = (micro: Micro): boolean => micro.kind !== 'revoke' || micro.frames.length > 0

const planOf = (slots: readonly StepSlot[], logs: number, steps: readonly Micro[]): Plan => ({
  script: [{ kind: 'fail' }, mayFail, ...steps.filter(isOfFrames), replay(slots), returns],
  start: 1,
  logs,
  calls: ['batch'],
  after: slots,
})

const swapping = (slots: readonly StepSlot[], held: Held): Micro =>
  publish({ slots, blocked: [], noWrites: [], held })

const notifying = (update: Update): Plan => {
  const { slots, logs } = finalSlots(update)
  const frames = zapped(update)
  const held: Held = { kind: 'faults', frames }
  return planOf(slots, logs, [
    hold(held),
    zap(frames),
    swapping(slots, held),
    drain,
    zap(logged(update), true),
    ...settling(update.before, slots),
    hold(null),
  ])
}

interface Gating {
  readonly flushes?: boolean
  /** The swap is waited for as well: read sides may begin past the gate. */
  readonly waits?: boolean
}

const gated = (update: Update, { flushes = false, waits = false }: Gating = {}): Plan => {
  const { slots, logs } = finalSlots(update)
  const held: Held = { kind: 'gate' }
  return planOf(slots, logs, [
    { kind: 'await-turns' },
    mayFail,
    hold(held),
    drain,
    zap(zapped(update)),
    ...(flushes ? [{ kind: 'flush' } as const] : []),
    swapping(slots, held),
    ...(waits ? [drain] : []),
    zap(logged(update), true),
    ...settling(update.before, slots),
    hold(null),
  ])
}

const CITES = [semantics('4. The designs of the thread, side by side'), built('Three schemes')]

export const notify: Design = {
  id: 'notify',
  says: 'one swap: second-stage faults are retried, as by an MMU notifier, while mappings are zapped and the set is swapped',
  cites: CITES,
  behaviour: { ...linuxBehaviour, sections: true },
  emulates: true,
  plan: notifying,
}

export const gate: Design = {
  id: 'gate',
  says: 'one swap: no vCPU may begin a read side while a gate is shut; those inside drain, then zap, swap, settle, open',
  cites: CITES,
  // A fault's read side is begun by its exit, and a vCPU that finds the gate shut waits there.
  behaviour: { ...linuxBehaviour, sections: true, waits: 'inside' },
  emulates: true,
  plan: update => gated(update),
}

export const markFirstGate: Design = {
  ...gate,
  id: 'gate, mark-first',
  says: 'as gate, where a write is marked when it is given permission, and a harvest takes that back',
  cites: [semantics('Dirty logs')],
  behaviour: { ...gate.behaviour, marks: 'first' },
}

export const bufferedGate: Design = {
  ...gate,
  id: 'gate, buffered',
  says: 'as gate, where the processor notes its writes (PML): every buffer is flushed before the swap',
  cites: [semantics('Dirty logs'), built('Three schemes')],
  behaviour: { ...gate.behaviour, marks: 'buffered' },
  plan: update => gated(update, { flushes: true }),
}

/** Some eight ioctls of a vCPU take SRCU themselves, and so begin their read sides while the gate is shut. */
export const gateBesideIoctls: Design = {
  ...gate,
  id: 'gate, ioctls',
  says: 'as gate, beside accesses that the kernel makes in read sides of its own, which no gate holds off; the swap is waited for',
  cites: [
    semantics('4. The designs of the thread, side by side'),
    built('What `gate` keeps of the semantics'),
  ],
  kernel: 'defers',
  plan: update => gated(update, { waits: true }),
}

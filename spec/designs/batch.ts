import { semantics } from '../rules/cite.js'
import type { classOf } from '../terms/page-class.js'
import type { Carry, Micro } from '../terms/steps/script.js'
import { backingOf, type StepSet, type StepSlot } from '../terms/steps/slots.js'
import { allFrames, drain, framesOf, free, mayFail, publish, replay, returns, revoke } from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'
import { finalSlots } from './rfc.js'

type Class = ReturnType<typeof classOf>

/** The class of a frame between two sets, as semantics.md §2 has it. */
export const frameClass = (before: readonly StepSlot[], after: readonly StepSlot[], frame: number): Class => {
  const [old, now] = [backingOf(before, frame), backingOf(after, frame)]
  if (old === null) return now === null ? 'unchanged hole' : 'appeared'
  if (now === null) return 'vanished'
  if (old.hva !== now.hva) return 'redirected'
  if (!old.ro && now.ro) return 'restricted'
  if (!old.logged && now.logged && !now.ro) return 'logged'
  if (old.ro !== now.ro || old.logged !== now.logged) return 'relaxed'
  return 'kept'
}

const pagesOf = (slot: StepSlot): readonly number[] =>
  Array.from({ length: slot.npages }, (_, i) => slot.hva + i)
const frameAt = (slot: StepSlot, hva: number): number => slot.base + hva - slot.hva

/** The bits to be carried. Bitmaps are indexed by host page; a page continues another of the same host page and the same frame or id. */
const carriesBetween = (before: readonly StepSlot[], after: readonly StepSlot[]): readonly Carry[] =>
  after.flatMap(now =>
    now.log < 0
      ? []
      : before.flatMap(old =>
          old.log < 0 || old.log === now.log
            ? []
            : pagesOf(old)
                .filter(
                  hva =>
                    hva >= now.hva &&
                    hva < now.hva + now.npages &&
                    (old.id === now.id || frameAt(old, hva) === frameAt(now, hva)),
                )
                .map(hva => ({ from: old.log, page: hva, to: now.log, at: hva })),
        ),
  )

const blockedSet = (slots: readonly StepSlot[], classes: readonly Class[]): StepSet => {
  const of = (...names: readonly Class[]) => classes.flatMap((c, frame) => (names.includes(c) ? [frame] : []))
  return { slots, blocked: of('vanished', 'redirected'), noWrites: of('restricted') }
}

/** Every frame of a slot that has an owed one, as INVALID copies would have it. */
const wholeSlots = (blocked: StepSet): StepSet => {
  const owed = [...blocked.blocked, ...blocked.noWrites]
  const touched = blocked.slots.filter(slot => framesOf(slot).some(frame => owed.includes(frame)))
  return { ...blocked, blocked: touched.flatMap(framesOf).toSorted((a, b) => a - b), noWrites: [] }
}

/** Settles the logs: bits are carried, the others retired to the caller, and bitmaps that no slot has any more freed. */
export const settling = (before: readonly StepSlot[], after: readonly StepSlot[]): readonly Micro[] => {
  const carries = carriesBetween(before, after)
  const gone = before.filter(old => old.log >= 0 && !after.some(now => now.log === old.log))
  const retired = gone.map((old): Micro => {
    const taken = carries.filter(c => c.from === old.log).map(c => c.page)
    return { kind: 'retire', log: old.log, pages: pagesOf(old).filter(page => !taken.includes(page)) }
  })
  return [
    ...(carries.length > 0 ? [{ kind: 'carry', carries } as const] : []),
    ...retired,
    ...gone.flatMap(free),
  ]
}

interface Steps {
  readonly overBlock?: boolean
  /** Where the processor notes its writes: every buffer is flushed before the set is published that they may be missed in. */
  readonly flushes?: boolean
}

/** The steps of one batch from a set to another; the slots of `after` carry their bitmaps already. */
export const batchSteps = (
  before: readonly StepSlot[],
  after: readonly StepSlot[],
  frames: number,
  { overBlock = false, flushes = false }: Steps = {},
): readonly Micro[] => {
  const classes = allFrames(frames).map(frame => frameClass(before, after, frame))
  const owed = blockedSet(before, classes)
  const blocked = overBlock ? wholeSlots(owed) : owed
  const logged = classes.flatMap((c, frame) => (c === 'logged' ? [frame] : []))
  const owes = blocked.blocked.length + blocked.noWrites.length > 0
  return [
    ...(owes ? [publish(blocked)] : []),
    ...(blocked.blocked.length > 0 ? [revoke(blocked.blocked)] : []),
    ...(blocked.noWrites.length > 0 ? [revoke(blocked.noWrites, true)] : []),
    ...(flushes ? [{ kind: 'flush' } as const] : []),
    publish(after),
    drain,
    ...(logged.length > 0 ? [revoke(logged, true)] : []),
    ...settling(before, after),
    replay(after),
    returns,
  ]
}

const planOf = (update: Update, how: Steps = {}): Plan => {
  const { slots, logs } = finalSlots(update)
  const steps = [
    mayFail,
    { kind: 'await-turns' } as const,
    // The wait held no lock, so what was validated and prepared before it is so again.
    mayFail,
    ...batchSteps(update.before, slots, update.frames, how),
  ]
  return { script: [{ kind: 'fail' }, ...steps], start: 1, logs, calls: ['batch'], after: slots }
}

export const batchDesign: Design = {
  id: 'batch',
  says: 'block what is owed, revoke and drain it, publish once, drain, settle the logs',
  cites: [semantics('4. The designs of the thread, side by side'), semantics('Phases')],
  behaviour: linuxBehaviour,
  emulates: true,
  plan: update => planOf(update),
}

/** vCPUs that remember holes, by space and generation. */
export const rememberingBatch: Design = {
  ...batchDesign,
  id: 'batch, absence-caches',
  says: 'as the batch, among vCPUs that remember holes until the next set is published',
  cites: [semantics('4. The designs of the thread, side by side'), semantics('Phases')],
  behaviour: { ...linuxBehaviour, absences: true },
}

/** The parameter `overBlock`: more is blocked than is owed, a slot at a time. */
export const overBlockingBatch: Design = {
  ...batchDesign,
  id: 'batch, over-block',
  says: 'as the batch, but all of a slot is blocked where one of its pages is owed',
  cites: [semantics('4. The designs of the thread, side by side'), semantics('Phases')],
  plan: update => planOf(update, { overBlock: true }),
}

/** The stronger form: the unit of drain, retry and commit is the whole fetch. */
export const fetchAtomicBatch: Design = {
  ...batchDesign,
  id: 'batch, fetch-atomic',
  behaviour: { ...linuxBehaviour, fetchAtomic: true },
}

/** Accesses that the kernel makes for itself are deferred at a blocked page, and drained like others. */
export const inKernelBatch: Design = {
  ...batchDesign,
  id: 'batch, in-kernel',
  says: 'as the batch, beside accesses that the kernel makes for itself, each deferred at a blocked page (EAGAIN)',
  kernel: 'defers',
}

/** KVM walks the guest's tables itself, and keeps what the walk derives. */
export const shadowBatch: Design = {
  ...batchDesign,
  id: 'batch, shadow',
  says: 'as the batch, under shadow paging: translations derived from a table page are revoked with it, and a walk is one unit until its translation is installed',
  cites: [semantics('4. The designs of the thread, side by side'), semantics('Phases')],
  behaviour: { ...linuxBehaviour, shadow: true },
}

/** The weaker reading: a path that was forgotten, and can neither wait nor defer. */
export const noDeferralBatch: Design = {
  ...batchDesign,
  id: 'batch, no-deferral',
  says: 'as the batch, beside a path of the kernel that neither waits nor defers: a blocked page is an error to it',
  kernel: 'neither',
}

export const markFirstBatch: Design = {
  ...batchDesign,
  id: 'batch, mark-first',
  says: 'as the batch, where a write is marked when it is given permission, and a harvest takes that back',
  cites: [semantics('Dirty logs')],
  behaviour: { ...linuxBehaviour, marks: 'first' },
}

export const bufferedBatch: Design = {
  ...batchDesign,
  id: 'batch, buffered',
  says: 'as the batch, where the processor notes its writes (PML): every buffer is flushed before the final set is published',
  cites: [semantics('Dirty logs')],
  behaviour: { ...linuxBehaviour, marks: 'buffered' },
  plan: update => planOf(update, { flushes: true }),
}

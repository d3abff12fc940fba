import { semantics, thread } from '../rules/cite.js'
import type { Micro } from '../terms/steps/script.js'
import { type StepSlot, sameSlot } from '../terms/steps/slots.js'
import {
  allFrames,
  as,
  byBase,
  differing,
  drain,
  FAIL,
  framesOf,
  free,
  mayFail,
  publish,
  replay,
  returns,
  revoke,
  withFreshLog,
  without,
  withSlot,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'

/** The final set with a bitmap of its own for every slot that is new; slots that stay keep theirs. */
export const finalSlots = ({
  before,
  after,
  nextLog,
}: Update): { readonly slots: readonly StepSlot[]; readonly logs: number } => {
  let next = nextLog
  const slots = after.map(slot => {
    const stays = before.find(
      old =>
        old.id === slot.id &&
        old.base === slot.base &&
        old.npages === slot.npages &&
        old.hva === slot.hva &&
        old.ro === slot.ro &&
        old.log >= 0 === slot.log >= 0,
    )
    if (stays !== undefined) return stays
    const [fresh, following] = withFreshLog(slot, next)
    next = following
    return fresh
  })
  return { slots: byBase(slots), logs: next }
}

/** One entry of a list: what it does to a slot. A change of LOG is one entry, and so is a move that is all there is. */
type Entry =
  | { readonly kind: 'delete'; readonly slot: StepSlot }
  | { readonly kind: 'create'; readonly slot: StepSlot }
  | { readonly kind: 'move'; readonly from: StepSlot; readonly slot: StepSlot }
  | { readonly kind: 'log'; readonly from: StepSlot; readonly slot: StepSlot }

const onlyLogDiffers = (a: StepSlot, b: StepSlot): boolean => sameSlot({ ...a, log: b.log }, b)
const onlyBaseDiffers = (a: StepSlot, b: StepSlot): boolean => sameSlot({ ...a, base: b.base }, b)

/** The entries for an update and the final set with its bitmaps: a slot that moves keeps its own. */
const entriesOf = (
  update: Update,
): { readonly entries: readonly Entry[]; readonly slots: readonly StepSlot[]; readonly logs: number } => {
  const { gone, come } = differing(update)
  const [only, moved] = [gone[0], come[0]]
  if (gone.length === 1 && come.length === 1 && only !== undefined && moved !== undefined)
    if (only.base !== moved.base && onlyBaseDiffers(only, moved)) {
      const slot = { ...moved, log: only.log }
      return {
        entries: [{ kind: 'move', from: only, slot }],
        slots: withSlot(update.before, slot),
        logs: update.nextLog,
      }
    }
  const { slots, logs } = finalSlots(update)
  const final = (id: number) => slots.find(s => s.id === id) as StepSlot // it comes, so the final set has it
  const switched = (slot: StepSlot) => come.find(now => now.id === slot.id && onlyLogDiffers(slot, now))
  return {
    entries: [
      ...gone.filter(slot => switched(slot) === undefined).map(slot => ({ kind: 'delete', slot }) as const),
      ...gone.flatMap((from): Entry[] =>
        switched(from) === undefined ? [] : [{ kind: 'log', from, slot: final(from.id) }],
      ),
      ...come
        .filter(now => !gone.some(old => switched(old) === now))
        .map(({ id }) => ({ kind: 'create', slot: final(id) }) as const),
    ],
    slots,
    logs,
  }
}

const wordsOf = (entries: readonly Entry[]): string =>
  entries.map(entry => `${entry.kind} ${entry.slot.id}`).join(', ')

/** Slots that an entry makes INVALID: those that go, and the one that moves. */
const invalidated = (entries: readonly Entry[]): readonly StepSlot[] =>
  entries.flatMap(entry =>
    entry.kind === 'delete' ? [entry.slot] : entry.kind === 'move' ? [entry.from] : [],
  )

/** What is left to do for an entry once its set is published: write permission is revoked, or a bitmap freed. */
const finish = (entry: Entry): readonly Micro[] => {
  switch (entry.kind) {
    case 'delete':
      return free(entry.slot)
    case 'log':
      return entry.slot.log >= 0 ? [revoke(framesOf(entry.slot), true)] : free(entry.from)
    case 'create':
    case 'move':
      return []
  }
}

const listPlan =
  (defects: boolean) =>
  (update: Update): Plan => {
    const { entries, slots, logs } = entriesOf(update)
    const allocation: Micro = defects ? { kind: 'may-corrupt' } : mayFail
    const steps: Micro[] = []
    const invalid: number[] = []
    // First pass: one swap for each entry that userspace marked, in the order of the list.
    for (const slot of invalidated(entries)) {
      invalid.push(slot.id)
      const set = as(update.before, invalid, 'invalid')
      steps.push(allocation, publish(set), drain, revoke(framesOf(slot)), replay(set))
    }
    // Second pass: the lock is taken and dropped for each entry, and a failure leaves everything as it stands.
    // The set that is not published has been edited by then, and stays so.
    let edited = as(update.before, invalid, 'invalid')
    for (const entry of entries) {
      edited = entry.kind === 'delete' ? without(edited, entry.slot.id) : withSlot(edited, entry.slot)
      steps.push(mayFail, replay(edited))
    }
    // Third pass: one swap for the space.
    steps.push(publish(slots), drain, ...entries.flatMap(finish), replay(slots), returns)
    const calls = [`list: ${wordsOf(entries)}`]
    return { script: [{ kind: 'fail' }, ...steps], start: 1, logs, calls, after: slots }
  }

export const rfcList: Design = {
  id: 'rfc-list',
  says: 'REGION_LIST as posted: three passes, a swap for each removal, no rollback',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Esposito 2022-09-09')],
  behaviour: linuxBehaviour,
  plan: listPlan(true),
}
/** The same without the defects that corrupt kernel state. */
export const rfcListWithoutDefects: Design = {
  ...rfcList,
  id: 'rfc-list, defects off',
  plan: listPlan(false),
}

/** All INVALID copies are published by one swap, and the final set by another. */
const singleSwap = (update: Update): Plan => {
  const { entries, slots, logs } = entriesOf(update)
  const gone = invalidated(entries)
  const ids = gone.map(slot => slot.id)
  const set = as(update.before, ids, 'invalid')
  const abort: readonly Micro[] = [
    publish(update.before),
    drain,
    replay(update.before),
    { kind: 'goto', to: FAIL },
  ]
  const script: readonly Micro[] = [
    { kind: 'fail' },
    ...abort,
    mayFail,
    ...(gone.length > 0 ? [publish(set), drain, revoke(allFrames(update.frames))] : []),
    { kind: 'may-fail', to: gone.length > 0 ? 1 : FAIL },
    publish(slots),
    drain,
    ...entries.flatMap(finish),
    replay(slots),
    returns,
  ]
  return { script, start: 1 + abort.length, logs, calls: [`list: ${wordsOf(entries)}`], after: slots }
}

/** One swap and none before it: INVALID copies are made and never published, and what is cached goes after. */
const literalSwap = (update: Update): Plan => {
  const { entries, slots, logs } = entriesOf(update)
  const gone = invalidated(entries)
  const script: readonly Micro[] = [
    { kind: 'fail' },
    mayFail,
    publish(slots),
    drain,
    ...(gone.length > 0 ? [revoke(allFrames(update.frames))] : []),
    ...entries.flatMap(finish),
    replay(slots),
    returns,
  ]
  return { script, start: 1, logs, calls: [`list: ${wordsOf(entries)}`], after: slots }
}

export const rfcSingleSwap: Design = {
  id: 'rfc-single-swap',
  says: 'the restructuring asked for in review: all INVALID copies first, in one swap, prepare with abort, then the final set',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Paolo 2022-09-28, on patch 9')],
  behaviour: linuxBehaviour,
  plan: singleSwap,
}

/** What KVM emulates takes an INVALID slot for none: only the second stage's faults are retried. */
export const rfcEmulated: Design = {
  ...rfcSingleSwap,
  id: 'rfc-single-swap, emulated',
  says: 'the same, where KVM emulates some of the accesses: to those INVALID is no slot',
  emulates: true,
}

/** The mail read literally. */
export const rfcLiteralSwap: Design = {
  ...rfcSingleSwap,
  id: 'rfc-single-swap, literally',
  says: 'the same with one swap in all: nothing is published before the final set, and cached translations go after it',
  plan: literalSwap,
}

const replaceEverything = (update: Update): Plan => {
  const { slots, logs } = finalSlots(update)
  const set = as(
    update.before,
    update.before.map(slot => slot.id),
    'invalid',
  )
  const gone = update.before.filter(old => !slots.includes(old))
  const steps: readonly Micro[] = [
    mayFail,
    publish(set),
    drain,
    revoke(allFrames(update.frames)),
    publish(slots),
    drain,
    replay(slots),
    ...gone.flatMap(free),
    returns,
  ]
  return { script: [{ kind: 'fail' }, ...steps], start: 1, logs, calls: ['replace-all'], after: slots }
}

export const replaceAllDesign: Design = {
  id: 'replace-all',
  says: 'the whole set of a space given at once',
  cites: [semantics('4. The designs of the thread, side by side'), thread('Sean 2022-09-28, on the address')],
  behaviour: linuxBehaviour,
  plan: replaceEverything,
}

/** The same of these two, for what KVM emulates: data as well as fetches. */
export const rfcListEmulated: Design = {
  ...rfcListWithoutDefects,
  id: 'rfc-list, defects off, emulated',
  says: 'the same, where KVM emulates some of the accesses: to those INVALID is no slot',
  emulates: true,
}
export const replaceAllEmulated: Design = {
  ...replaceAllDesign,
  id: 'replace-all, emulated',
  says: 'the same, where KVM emulates some of the accesses: to those INVALID is no slot',
  emulates: true,
}

import { semantics, thread } from '../rules/cite.js'
import { type StepSlot, sameSlot } from '../terms/steps/slots.js'
import { batchSteps } from './batch.js'
import {
  allFrames,
  andThen,
  byBase,
  type Calls,
  createCall,
  deleteCall,
  logCall,
  mayFail,
  moveCall,
  noCalls,
  planOf,
  without,
  withSlot,
} from './calls.js'
import { type Design, linuxBehaviour, type Plan, type Update } from './design.js'
import { finalSlots } from './rfc.js'

/** A call that may be made of a set: its words, and the set it makes. */
interface Call {
  readonly verb: Verb
  readonly words: string
  readonly slots: readonly StepSlot[]
}
const ADDED = ['grow', 'merge', 'split', 'toggle-ro', 'truncate'] as const
type Verb = (typeof ADDED)[number] | 'create' | 'delete' | 'log-off' | 'log-on' | 'move'

const part = (slot: StepSlot, from: number, to: number, id: number): StepSlot => ({
  ...slot,
  id,
  base: slot.base + from,
  npages: to - from,
  hva: slot.hva + from,
})

const splits = (slots: readonly StepSlot[], slot: StepSlot, ids: readonly number[]): readonly Call[] =>
  Array.from({ length: slot.npages - 1 }, (_, i) => i + 1).flatMap(at =>
    ids
      .filter(id => !slots.some(s => s.id === id))
      .map(id => ({
        verb: 'split',
        words: `split ${slot.id} ${at} ${id}`,
        slots: byBase([
          ...without(slots, slot.id),
          part(slot, 0, at, slot.id),
          part(slot, at, slot.npages, id),
        ]),
      })),
  )

const merges = (slots: readonly StepSlot[], a: StepSlot): readonly Call[] =>
  slots
    .filter(
      b =>
        b.base === a.base + a.npages &&
        b.hva === a.hva + a.npages &&
        b.ro === a.ro &&
        b.log >= 0 === a.log >= 0,
    )
    .map(b => ({
      verb: 'merge',
      words: `merge ${a.id} ${b.id}`,
      slots: withSlot(without(slots, b.id), { ...a, npages: a.npages + b.npages }),
    }))

const resizes = (slots: readonly StepSlot[], slot: StepSlot, frames: number): readonly Call[] => [
  ...Array.from({ length: slot.npages - 1 }, (_, i) => ({
    verb: 'truncate' as const,
    words: `truncate ${slot.id} ${i + 1}`,
    slots: withSlot(slots, { ...slot, npages: i + 1 }),
  })),
  ...Array.from({ length: frames - slot.base - slot.npages }, (_, i) => slot.npages + i + 1)
    .filter(
      npages => !slots.some(s => s.id !== slot.id && s.base >= slot.base && s.base < slot.base + npages),
    )
    .map(npages => ({
      verb: 'grow' as const,
      words: `grow ${slot.id} ${npages}`,
      slots: withSlot(slots, { ...slot, npages }),
    })),
]

const meets = (slots: readonly StepSlot[], slot: StepSlot): boolean =>
  slots.some(s => s.id !== slot.id && s.base < slot.base + slot.npages && slot.base < s.base + s.npages)

/** A slot of the final set, or several of it in one piece, to be split: no fewer creates make them. */
const creatable = (after: readonly StepSlot[]): readonly StepSlot[] =>
  after.flatMap((first, i) => {
    const runs: StepSlot[] = [first]
    for (const next of after.slice(i + 1)) {
      const last = runs.at(-1) ?? first
      if (next.base !== last.base + last.npages || next.hva !== last.hva + last.npages) break
      runs.push({ ...first, npages: last.npages + next.npages })
    }
    return runs
  })

/** Today's calls: create, delete, move, and the switch of LOG. */
const todays = (slots: readonly StepSlot[], after: readonly StepSlot[], frames: number): readonly Call[] => [
  ...creatable(after)
    .filter(slot => !slots.some(s => s.id === slot.id) && !meets(slots, slot))
    .map(slot => ({
      verb: 'create' as const,
      words: `create ${slot.id} ${slot.npages}`,
      slots: withSlot(slots, { ...slot, log: slot.log < 0 ? -1 : 0 }),
    })),
  ...slots.flatMap((slot): Call[] => [
    { verb: 'delete', words: `delete ${slot.id}`, slots: without(slots, slot.id) },
    ...allFrames(frames - slot.npages + 1)
      .map(base => ({ ...slot, base }))
      .filter(moved => moved.base !== slot.base && !meets(slots, moved))
      .map(
        (moved): Call => ({
          verb: 'move',
          words: `move ${slot.id} ${moved.base}`,
          slots: withSlot(slots, moved),
        }),
      ),
    slot.log < 0
      ? { verb: 'log-on', words: `log-on ${slot.id}`, slots: withSlot(slots, { ...slot, log: 0 }) }
      : { verb: 'log-off', words: `log-off ${slot.id}`, slots: withSlot(slots, { ...slot, log: -1 }) },
  ]),
]

/** The calls that are added: split, merge, truncate, grow, and the toggle of RO. */
const added = (slots: readonly StepSlot[], ids: readonly number[], frames: number): readonly Call[] =>
  slots.flatMap(slot => [
    ...splits(slots, slot, ids),
    ...merges(slots, slot),
    ...resizes(slots, slot, frames),
    {
      verb: 'toggle-ro' as const,
      words: `toggle-ro ${slot.id}`,
      slots: withSlot(slots, { ...slot, ro: !slot.ro }),
    },
  ])

interface Path {
  readonly slots: readonly StepSlot[]
  readonly calls: readonly Call[]
  readonly words: string
}
const keyOf = (slots: readonly StepSlot[]): string => {
  let key = ''
  for (const s of slots) key += `${s.id}.${s.base}.${s.npages}.${s.hva}.${s.ro}.${s.log >= 0};`
  return key
}

/** No path has so many calls. */
const MANY = 1000
/** What a call costs: a create or delete more than any number of others. */
const costOf = ({ verb }: Call): number => (verb === 'create' || verb === 'delete' ? MANY + 1 : 1)

/**
 * The best calls from a set to another: fewest deletes and creates, then fewest of all, ties by words. There always are
 * some: everything deleted, everything created.
 */
const best = (update: Update): readonly Call[] => {
  const { before, frames } = update
  const after = byBase(update.after)
  const ids = [...new Set([...before, ...after].map(s => s.id))]
  const goal = keyOf(after)
  const met = new Set<string>()
  const byCost = new Map<number, Path[]>([[0, [{ slots: before, calls: [], words: '' }]]])
  while (byCost.size > 0) {
    const cost = Math.min(...byCost.keys())
    const paths = byCost.get(cost) ?? []
    byCost.delete(cost)
    for (const { slots, calls, words } of paths.sort((a, b) => (a.words < b.words ? -1 : 1))) {
      const key = keyOf(slots)
      if (met.has(key)) continue
      met.add(key)
      if (key === goal) return calls
      for (const call of [...added(slots, ids, frames), ...todays(slots, after, frames)]) {
        const at = cost + costOf(call)
        const longer = { slots: call.slots, calls: [...calls, call], words: `${words}${call.words}; ` }
        const others = byCost.get(at)
        if (others === undefined) byCost.set(at, [longer])
        else others.push(longer)
      }
    }
  }
  throw new Error('a set cannot be made') // deleting all of one and creating all of the other makes it
}

const isAdded = ({ verb }: Call): boolean => ADDED.some(name => name === verb)

/** One call of the plan: an added one is atomic, its log carried; the others do as today. */
const made = (calls: Calls, { verb, words, slots }: Call, frames: number): Calls => {
  const gone = calls.slots.find(old => !slots.some(s => sameSlot(s, old)))
  const come = slots.find(s => !calls.slots.some(old => sameSlot(s, old)))
  const named = { ...calls, names: [] }
  const today = (): Calls => {
    if (verb === 'create' && come !== undefined) return createCall(named, come)
    if (verb === 'delete' && gone !== undefined) return deleteCall(named, gone, frames)
    if (gone === undefined || come === undefined) throw new Error(`${words} changes no slot`) // it is a move or a switch
    return verb === 'move' ? moveCall(named, gone, come, frames) : logCall(named, gone, come)
  }
  const atomically = (): Calls => {
    const final = finalSlots({ before: calls.slots, after: slots, frames, nextLog: calls.nextLog })
    const steps = [mayFail, ...batchSteps(calls.slots, final.slots, frames)]
    return andThen(named, words, steps, final.slots, final.logs)
  }
  const after = isAdded({ verb, words, slots }) ? atomically() : today()
  return { ...after, names: [...calls.names, words] }
}

const plan = (update: Update): Plan => {
  const path = best(update)
  return planOf(path.reduce((calls, call) => made(calls, call, update.frames), noCalls(update)))
}

export const primitives: Design = {
  id: 'primitives',
  says: 'split, merge, truncate, grow and toggle-ro beside today’s calls, each atomic, its log carried',
  cites: [
    semantics('4. The designs of the thread, side by side'),
    semantics('Plans'),
    thread('Sean 2022-09-29'),
  ],
  behaviour: linuxBehaviour,
  added: ADDED,
  plan,
}

/** Where the added calls are enough: every other update is left out. */
export const primitivesAlone: Design = {
  ...primitives,
  id: 'primitives, alone',
  says: 'the same, for the updates that need no other call',
  plan: update => (best(update).every(isAdded) ? plan(update) : null),
}

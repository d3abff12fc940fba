import { differing } from '../../spec/designs/calls.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { LOG } from '../../spec/terms/slot.js'
import type { StepSlot } from '../../spec/terms/steps/slots.js'

/** A change of slots that another thread makes again and again, by single calls, while a vCPU makes one access in a loop. */
export interface Edit {
  readonly id: string
  readonly says: string
  /** The sets that its calls lead through, from the first and back to it: a call between each two. */
  readonly sets: readonly (readonly StepSlot[])[]
}

/** The frame that vCPUs access; every first set maps it. */
export const TOUCHED = 1
/** Frames that edits are about: 0 and up. */
export const FRAMES = 4

const slot = (id: number, base: number, npages: number, hva: number, log = -1): StepSlot => ({
  id,
  base,
  npages,
  hva,
  ro: false,
  log,
  state: 'live',
})
const there = (id: string, says: string, ...sets: readonly (readonly StepSlot[])[]): Edit => {
  const [first = []] = sets
  return { id, says, sets: [...sets, first] }
}

const all = slot(1, 0, 4, 0)
const only = slot(1, 1, 1, 1)
const three = slot(1, 0, 3, 0)

/** The edits, by name. */
export const EDITS: readonly Edit[] = [
  there('delete-create', 'delete the slot and create it again', [all], []),
  there('move-away', 'move the slot away and back', [only], [slot(1, 3, 1, 1)]),
  there(
    'move-by-a-page',
    'move the slot by a page over its own range, and back',
    [three],
    [slot(1, 1, 3, 0)],
  ),
  there(
    'split',
    'delete the slot, create two halves, delete both, create it again',
    [all],
    [],
    [slot(1, 0, 2, 0)],
    [slot(1, 0, 2, 0), slot(2, 2, 2, 2)],
    [slot(2, 2, 2, 2)],
    [],
  ),
  there('log', 'switch LOG on and off', [all], [slot(1, 0, 4, 0, 0)]),
  there(
    'neighbour',
    'delete the adjacent slot and create it again',
    [slot(1, 0, 2, 0), slot(2, 2, 2, 2)],
    [slot(1, 0, 2, 0)],
  ),
  { id: 'nothing', says: 'no call at all', sets: [[all]] },
]

/** A call of an edit: the slot before it and after it, null where there is none. */
export interface EditCall {
  readonly old: StepSlot | null
  readonly now: StepSlot | null
}

/** The calls of an edit, in order. */
export const callsOf = ({ sets }: Edit): readonly EditCall[] =>
  sets.slice(1).map((after, i) => {
    const { gone, come } = differing({ before: sets[i] ?? [], after, frames: FRAMES, nextLog: 0 })
    return { old: gone[0] ?? null, now: come[0] ?? null }
  })

/** Where an edit's frames and host pages are. */
export interface Places {
  readonly gpa: bigint
  readonly hva: bigint
}

/** The ioctl that makes a slot what it is to be, or deletes it. */
export const setCallOf = ({ old, now }: EditCall, { gpa, hva }: Places): SetCall => {
  const of = now ?? old
  if (of === null) throw new Error('a call changes a slot') // between two sets that differ
  return {
    op: 'set',
    as: 0,
    id: of.id,
    gpa: u64(gpa + BigInt(of.base * 4096)),
    size: u64(BigInt(now === null ? 0 : of.npages * 4096)),
    hva: u64(hva + BigInt(of.hva * 4096)),
    flags: of.log < 0 ? 0 : LOG,
  }
}

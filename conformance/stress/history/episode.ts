import { below, chance, pick, type Random, shuffled } from '../../../spec/generate/random.js'
import { removalOf } from '../../../spec/terms/build-batch.js'
import { addressOf, type U64, u64 } from '../../../spec/terms/numbers.js'
import type { BatchEntry, Operation } from '../../../spec/terms/operation.js'

/** What the threads of an episode do: few operations, so that the states which explain them stay few. */
export interface Episode {
  /** Before the threads start: the slots and the vCPUs. */
  readonly prologue: readonly Operation[]
  /** Of the updating thread, and of each vCPU's. */
  readonly threads: readonly (readonly Operation[])[]
}

export const VCPUS = 2
const FRAMES = 6
const ACCESSES = 5
const BATCHES = 3
/** First host pages of the two rows that slots are backed by. */
const ROWS = [0x100, 0x200]
const FLAGS = [0, 0, 1, 1, 1, 2, 3]

/** Slots that cover most frames: cut at random places, each backed by one row of host pages or the other. */
const layout = (random: Random): readonly BatchEntry[] => {
  const entries: BatchEntry[] = []
  const ids = shuffled(random, [0, 1, 2, 3])
  const flags = pick(random, FLAGS)
  for (let base = 0; base < FRAMES && entries.length < ids.length; ) {
    const npages = 1 + below(random, FRAMES - base)
    const id = chance(random, 0.7) ? entries.length : (ids[entries.length] as number)
    if (!chance(random, 0.1) && !entries.some(entry => entry.id === id)) {
      entries.push({
        do: 'set',
        id,
        gpa: addressOf(base),
        size: addressOf(npages),
        hva: addressOf(pick(random, ROWS) + base),
        flags: chance(random, 0.7) ? flags : pick(random, FLAGS),
      })
    }
    base += npages
  }
  return entries
}

/** Sets the slots of a layout and removes those it does not have. */
const toward = (before: readonly BatchEntry[], after: readonly BatchEntry[]): Operation => ({
  op: 'batch',
  as: 0,
  flags: 1,
  resultSize: u64(4096) as U64,
  entries: [
    ...after,
    ...before.filter(({ id }) => !after.some(entry => entry.id === id)).map(({ id }) => removalOf(id)),
  ],
})

const accessOf = (random: Random, vcpu: number): Operation => {
  const at = { vcpu, gfn: below(random, FRAMES), offset: 8 * below(random, 2) }
  const data = (1 + below(random, 255)).toString(16).padStart(2, '0')
  switch (below(random, 6)) {
    case 0:
    case 1:
    case 2:
      return { op: 'write', ...at, data }
    case 3:
      return { op: 'rmw', ...at, data }
    case 4:
      return { op: 'fetch', ...at, size: 1 }
    default:
      return { op: 'read', ...at, size: 1 }
  }
}

/** Draws an episode. */
export const drawEpisode = (random: Random): Episode => {
  const first = layout(random)
  const updates: Operation[] = []
  let before = first
  for (let i = 0; i < BATCHES; i++) {
    const after = layout(random)
    updates.push(toward(before, after))
    const logged = after.find(({ flags }) => (flags & 1) !== 0)
    if (logged && chance(random, 0.7)) updates.push({ op: 'get-dirty', as: 0, id: logged.id })
    before = after
  }
  const vcpus = Array.from({ length: VCPUS }, (_, id) => id)
  return {
    prologue: [toward([], first), ...vcpus.map((vcpu): Operation => ({ op: 'create-vcpu', vcpu }))],
    threads: [updates, ...vcpus.map(vcpu => Array.from({ length: ACCESSES }, () => accessOf(random, vcpu)))],
  }
}

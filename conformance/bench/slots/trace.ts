import { type Layout, layoutOf, shuffle, unitRandom } from './layout.js'

/**
 * Changes of slots, so many to a batch, that leave the slots as they found them: a batch after the other, and then all
 * of them undone. Four numbers a change: id; first frame; pages, 0 to remove; first host page.
 */
export interface Trace {
  readonly layout: Layout
  readonly changes: Float64Array
  readonly count: number
  readonly entries: number
}

/** What a change does: it removes a slot, puts it back, or moves it to a free place. */
export type TraceKind = 'create and delete' | 'move'

/** Host pages of a place: apart, in order. */
export const hvaOfFrame = (base: number): number => 2 ** 33 + base
const CHANGES = 2 ** 14

type Change = readonly [id: number, base: number, npages: number, hva: number]
type Place = readonly [base: number, npages: number]

const set = (id: number, [base, npages]: Place): Change => [id, base, npages, hvaOfFrame(base)]

/** Some ids of `slots`, no two the same, in random order. */
const someIds = (ids: number[], count: number, random: () => number): readonly number[] => {
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (ids.length - i))
    const id = ids[i] as number
    ids[i] = ids[other] as number
    ids[other] = id
  }
  return ids.slice(0, count)
}

const moves = (
  homes: readonly Place[],
  free: Place[],
  entries: number,
  random: () => number,
): readonly Change[] => {
  const at = [...homes]
  const ids = Array.from(homes.keys())
  const batches = Math.max(1, Math.floor(CHANGES / 2 / entries))
  const there: (readonly Change[])[] = []
  const back: (readonly Change[])[] = []
  for (let i = 0; i < batches; i++) {
    const chosen = someIds(ids, entries, random)
    back.unshift(chosen.map(id => set(id, at[id] as Place)))
    shuffle(free, random)
    const left = chosen.map(id => at[id] as Place)
    for (const [k, id] of chosen.entries()) at[id] = free[k] as Place
    there.push(chosen.map(id => set(id, at[id] as Place)))
    free.splice(0, entries, ...left)
  }
  return [...there, ...back].flat()
}

const comings = (homes: readonly Place[], random: () => number): readonly Change[] =>
  Array.from({ length: CHANGES / 2 }, () => {
    const id = Math.floor(random() * homes.length)
    return [[id, 0, 0, 0] as const, set(id, homes[id] as Place)]
  }).flat()

/** A trace on `slots` mixed slots, which have as many free places between them. */
export const traceOf = (kind: TraceKind, slots: number, entries: number): Trace => {
  const random = unitRandom(slots + entries)
  const all = layoutOf('mixed', 2 * slots)
  const places = Array.from(all.base, (base, i): Place => [base, all.npages[i] as number])
  const homes = places.slice(0, slots)
  const changes =
    kind === 'move' ? moves(homes, places.slice(slots), entries, random) : comings(homes, random)
  return {
    layout: { ...all, slots, base: all.base.slice(0, slots), npages: all.npages.slice(0, slots) },
    changes: Float64Array.from(changes.flat()),
    count: changes.length,
    entries,
  }
}

/** The host pages of a layout's slots. */
export const hvasOf = ({ base }: Layout): Float64Array => base.map(hvaOfFrame)

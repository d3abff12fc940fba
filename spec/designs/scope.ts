import { type StepSlot, sameSlots } from '../terms/steps/slots.js'
import type { Update } from './design.js'

/** Which updates there are: every pair of sets over so many frames, host pages and ids, up to renaming. */
export interface UpdateScope {
  readonly frames: number
  readonly hostPages: number
  readonly ids: number
  readonly kinds: readonly Kind[]
}
export type Kind = 'plain' | 'log' | 'ro' | 'log+ro'

const slotsOf = (id: number, { frames, hostPages, kinds }: UpdateScope): readonly StepSlot[] => {
  const slots: StepSlot[] = []
  for (let base = 0; base < frames; base++)
    for (let npages = 1; base + npages <= frames; npages++)
      for (let hva = 0; hva + npages <= hostPages; hva++)
        for (const kind of kinds) {
          const log = kind === 'log' || kind === 'log+ro' ? 0 : -1
          slots.push({ id, base, npages, hva, ro: kind === 'ro' || kind === 'log+ro', log, state: 'live' })
        }
  return slots
}

const meet = (a: StepSlot, b: StepSlot): boolean => a.base < b.base + b.npages && b.base < a.base + a.npages

/** Every set of slots, each sorted by base and numbered bitmaps in that order. */
export const setsOf = (scope: UpdateScope): readonly (readonly StepSlot[])[] => {
  let sets: readonly (readonly StepSlot[])[] = [[]]
  for (let id = 1; id <= scope.ids; id++) {
    const slots = slotsOf(id, scope)
    sets = sets.flatMap(set => [
      set,
      ...slots.filter(slot => !set.some(other => meet(slot, other))).map(slot => [...set, slot]),
    ])
  }
  return sets.map(set => set.toSorted((a, b) => a.base - b.base))
}

const numbered = (slots: readonly StepSlot[]): readonly StepSlot[] => {
  let next = 0
  return slots.map(slot => (slot.log < 0 ? slot : { ...slot, log: next++ }))
}

const describe = (slots: readonly StepSlot[], rename: (id: number) => number): string =>
  slots
    .map(s => `${rename(s.id)}.${s.base}.${s.npages}.${s.hva}.${s.ro ? 1 : 0}.${s.log < 0 ? 0 : 1}`)
    .sort()
    .join(' ')

/** Of updates that differ only in the names of ids, or in where the host pages begin, one is canonical, and only it is taken. */
const isCanonical = (before: readonly StepSlot[], after: readonly StepSlot[], ids: number): boolean => {
  const all = [...before, ...after]
  if (all.length > 0 && Math.min(...all.map(s => s.hva)) > 0) return false
  if (ids !== 2) return true
  const name = (rename: (id: number) => number) => `${describe(before, rename)}>${describe(after, rename)}`
  return name(id => id) <= name(id => 3 - id)
}

/** All updates of a scope that change something. */
export const updatesOf = function* (scope: UpdateScope): Generator<Update> {
  const sets = setsOf(scope)
  for (const before of sets)
    for (const after of sets) {
      if (sameSlots(before, after) || !isCanonical(before, after, scope.ids)) continue
      const slots = numbered(before)
      yield { before: slots, after, frames: scope.frames, nextLog: slots.filter(s => s.log >= 0).length }
    }
}

/** At most so many items of a list, evenly spread over it from its first on. */
export const spread = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most
    ? list
    : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)] as T) // below its length

const OVER = { frames: 2, hostPages: 2, ids: 2, kinds: ['plain', 'log', 'ro'] } as const

/**
 * The scopes the command offers: of the updates that a design has a plan for, how many are taken. What was left out is
 * printed with every answer. Each number divides the next, so that a smaller scope lies within a larger one.
 */
export const SCOPES = {
  smoke: { ...OVER, most: 25 },
  default: { ...OVER, most: 75 },
  whole: { ...OVER, most: Number.MAX_SAFE_INTEGER },
} as const satisfies Readonly<Record<string, UpdateScope & { readonly most: number }>>
export type ScopeName = keyof typeof SCOPES

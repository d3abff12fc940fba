import { u64 } from '../../../../spec/terms/numbers.js'
import type { ClearDirtyCall, Operation } from '../../../../spec/terms/operation.js'
import type { Run } from '../../../../spec/terms/page-set.js'
import { HOST, set, write } from '../../draft/calls.js'

/** Manual protect, as it may be enabled. */
export const MODES = [0, 1, 3] as const

/** CLEAR of slot 1. */
export const clearing = (
  first: number,
  count: number,
  pages: readonly Run[],
  extra: Partial<ClearDirtyCall> = {},
): ClearDirtyCall => ({
  op: 'clear-dirty',
  as: 0,
  id: 1,
  first: u64(first),
  count,
  pages,
  ...extra,
})

/** Writes to pages about the edges of words, and to the last one. */
export const traffic = (npages: number): readonly Operation[] =>
  [0, 1, 63, 64, 65, npages - 1]
    .filter((p, i, all) => p < npages && all.indexOf(p) === i)
    .map(p => write(16 + p))

/** Slot 1, logged unless it is said otherwise. */
export const slot = (npages: number, flags = 1) => set({ id: 1, base: 16, npages, hva: HOST, flags })

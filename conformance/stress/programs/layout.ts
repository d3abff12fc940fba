import { removalOf } from '../../../spec/terms/build-batch.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import { type BatchCall, type BatchEntry, HARVEST } from '../../../spec/terms/operation.js'
import { LOG, RO } from '../../../spec/terms/slot.js'

/** A slot in frames and host pages. */
export interface Region {
  readonly id: number
  readonly base: number
  readonly npages: number
  /** The first of the host pages behind it. */
  readonly page: number
  readonly flags: number
}

/** The slots of one space. */
export type Layout = readonly Region[]

/** The region with frame `gfn`; null in a hole. */
export const regionAt = (layout: Layout, gfn: number): Region | null =>
  layout.find(({ base, npages }) => base <= gfn && gfn < base + npages) ?? null

/** The host page behind frame `gfn` of a region that has it. */
export const pageBehind = ({ base, page }: Region, gfn: number): number => page + gfn - base

export const isLogged = ({ flags }: Region): boolean => (flags & LOG) !== 0
export const isWritable = ({ flags }: Region): boolean => (flags & RO) === 0

const entryOf = ({ id, base, npages, page, flags }: Region): BatchEntry => ({
  do: 'set',
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(page),
  flags,
})

export const isSame = (a: Region, b: Region): boolean =>
  a.id === b.id && a.base === b.base && a.npages === b.npages && a.page === b.page && a.flags === b.flags

/** Room for the retired bits of all slots of a play. */
const RESULT_SIZE = u64(2 ** 16)

/** The batch that makes one layout of another, and tells the retired bits. */
export const batchTo = (as: number, before: Layout, after: Layout): BatchCall => ({
  op: 'batch',
  as,
  flags: HARVEST,
  resultSize: RESULT_SIZE,
  entries: [
    ...after.filter(region => !before.some(one => isSame(one, region))).map(entryOf),
    ...before.filter(({ id }) => !after.some(one => one.id === id)).map(({ id }) => removalOf(id)),
  ],
})

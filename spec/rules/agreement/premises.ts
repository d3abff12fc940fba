import { identity, type Premise, premise, type Sentences } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { countPages, isSubset, ofRuns, type PageSet, runsOf, subtract, union } from '../../terms/page-set.js'
import type { AccessDetails, Exception, Result, Retired, Seen, SeenRetired } from '../../terms/result.js'

type Of<K extends Result['is'], S extends Seen['is']> = Cells & {
  readonly returned: Extract<Result, { is: K }>
  readonly seen: Extract<Seen, { is: S }>
}
export type ErrorAnswer = Of<'error', 'error'>
export type DoneAnswer = Of<'done', 'ok'>
export type LogAnswer = Of<'log', 'ok'>
export type BatchAnswer = Of<'batch', 'ok'>
export type FoundAnswer = Of<'found', 'ok'>
export type RangesAnswer = Of<'ranges', 'ok'>
export type LoadedAnswer = Of<'loaded', 'ok'>
export type AccessAnswer = Of<'access', 'access'>

type Field =
  | 'exception'
  | 'errno'
  | 'index'
  | 'bound'
  | 'generation'
  | 'bytes'
  | 'found'
  | 'ranges'
  | 'end'
  | 'data'

const field = (from: object, name: Field): unknown => (from as Record<string, unknown>)[name]

/** The answer has what the specification says; one that the implementation cannot observe may be left out. */
export const same = <C extends Cells>(name: Field, says: Sentences, mayBeAbsent: boolean): Premise<C> =>
  premise(
    `same-${name}`,
    says,
    ({ returned, seen }) => {
      const expected = field(returned ?? {}, name) ?? null
      const found = field(seen ?? {}, name)
      if (found === undefined) return mayBeAbsent || expected === null
      // Where the specification has no generation to give, one that is answered is no concern of it.
      return expected === null
        ? found === null || name === 'generation'
        : identity(expected) === identity(found)
    },
    ({ returned, seen }) => ({ expected: field(returned ?? {}, name), seen: field(seen ?? {}, name) }),
  )

/** Of a #PF whose address is not known, only that it is one. */
const asFarAsKnown = (expected: object | bigint, found: object | bigint): object | bigint =>
  isPageFault(expected) && isPageFault(found) && !('error' in expected) ? { vector: '#PF' } : found

const isPageFault = (detail: object | bigint | null): detail is Exception =>
  typeof detail === 'object' && detail !== null && 'vector' in detail && detail.vector === '#PF'

/** What an access by linear address tells: an exception always, the rest where it is observed. */
export const sameDetail = (name: keyof AccessDetails, says: Sentences): Premise<AccessAnswer> =>
  premise(
    `same-${name}`,
    says,
    ({ returned, seen }) => {
      const expected = returned.details?.[name]
      const found = seen[name]
      if (found === undefined) return expected === undefined || name !== 'exception'
      return expected !== undefined && identity(expected) === identity(asFarAsKnown(expected, found))
    },
    ({ returned, seen }) => ({ expected: returned.details?.[name], seen: seen[name] }),
  )

export const reportsBits: Premise<LogAnswer> = premise(
  'reports-bits',
  { holds: 'the answer holds a bitmap', fails: 'the answer holds no bitmap' },
  ({ seen }) => seen.bits !== undefined,
  ({ seen }) => ({ seen }),
)
const bits = ({ seen }: LogAnswer): PageSet => ofRuns(seen.bits ?? [])

export const reportsEveryWrite: Premise<LogAnswer> = premise(
  'reports-every-write',
  {
    holds: 'every page written since its last harvest is reported',
    fails: 'a page written since its last harvest is not reported',
  },
  cells => isSubset(cells.returned.set, bits(cells)),
  cells => ({ lost: runsOf(subtract(cells.returned.set, bits(cells))), reported: cells.seen.bits }),
)
export const reportsNothingElse: Premise<LogAnswer> = premise(
  'reports-nothing-else',
  {
    holds: 'every page that is reported was written, or marked by inexact hardware',
    fails: 'a page is reported that was neither written nor marked by inexact hardware',
  },
  cells => isSubset(bits(cells), union(cells.returned.set, cells.returned.maybe)),
  cells => ({
    invented: runsOf(subtract(bits(cells), union(cells.returned.set, cells.returned.maybe))),
    reported: cells.seen.bits,
  }),
)

const most = (record: Retired): number => countPages(record.set) + countPages(record.maybe)

const recordFits = (record: Retired, seen: SeenRetired, wantsBits: boolean): boolean => {
  const known = seen.base === record.base && seen.npages === record.npages
  if (!known || seen.count < countPages(record.set) || seen.count > most(record)) return false
  if (!wantsBits) return seen.bits === undefined
  const found = ofRuns(seen.bits ?? [])
  return (
    countPages(found) === seen.count &&
    isSubset(record.set, found) &&
    isSubset(found, union(record.set, record.maybe))
  )
}

const recordsFit = ({ returned, seen }: BatchAnswer): boolean => {
  const records = seen.retired ?? []
  const ascending = records.every((r, i) => i === 0 || (records[i - 1]?.id ?? -1) < r.id)
  const named = new Map(records.map(record => [record.id, record]))
  const expected = new Map(returned.retired.map(record => [record.id, record]))
  return (
    ascending &&
    records.every(r => {
      const record = expected.get(r.id)
      return record !== undefined && recordFits(record, r, returned.asked === 'bits')
    }) &&
    returned.retired.every(record => record.set.length === 0 || named.has(record.id))
  )
}

const total = (retired: readonly Retired[], count: (r: Retired) => number): number =>
  retired.reduce((sum, record) => sum + count(record), 0)

export const reportsRetired: Premise<BatchAnswer> = premise(
  'reports-retired',
  {
    holds: 'the retired bits are reported in the form asked for, all of them and no other',
    fails: 'the retired bits are not reported in the form asked for, or not the right ones',
  },
  cells => {
    const { returned, seen } = cells
    if (returned.asked !== 'total') return seen.retiredCount === undefined && recordsFit(cells)
    const count = seen.retiredCount
    if (seen.retired !== undefined || count === undefined) return false
    return count >= total(returned.retired, r => countPages(r.set)) && count <= total(returned.retired, most)
  },
  ({ returned, seen }) => ({
    asked: returned.asked,
    expected: returned.retired.map(r => ({
      id: r.id,
      base: r.base,
      npages: r.npages,
      bits: runsOf(r.set),
      maybe: runsOf(r.maybe),
    })),
    seen: returned.asked === 'total' ? seen.retiredCount : seen.retired,
  }),
)
